import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Judging } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { judgeStrings } from '../strings/judge.ts'
import { useAction, useMain } from '../use-main.ts'
import { useChooseFile } from './use-choose-file.tsx'
import { type JudgeFields, requestOf } from './use-judge.ts'

const words = judgeStrings.elsewhere

/** Files for a judge elsewhere, and its verdicts back. */
export function Elsewhere({ judging: { id }, fields }: { judging: Judging; fields: JudgeFields }) {
  const client = useMain()
  const action = useAction()
  const [said, setSaid] = useState<string | null>(null)
  const model = fields.model.trim()
  const chooser = useChooseFile(['jsonl', 'json', 'txt'], (path) =>
    action.run(async () => {
      const { taken, failed, foreign } = await client.call('importVerdicts', { id, path, judge: model })
      setSaid(
        [
          words.imported(whole(taken)),
          ...(failed > 0 ? [words.failed(whole(failed))] : []),
          ...(foreign > 0 ? [words.foreign(whole(foreign))] : []),
        ].join(' '),
      )
    }),
  )
  const write = (): void =>
    action.run(async () => {
      const { dir, requests } = await client.call('exportJudging', { id, request: requestOf(fields) })
      setSaid(words.exported(whole(requests), dir))
    })
  return (
    <Section title={words.title} hint={words.hint}>
      <div className="row">
        <Button
          variant="default"
          leftSection={<Icon name="export" />}
          disabled={model === ''}
          loading={action.busy}
          onClick={write}
        >
          {words.export}
        </Button>
        <Button
          variant="default"
          leftSection={<Icon name="file" />}
          disabled={model === ''}
          title={words.importHelp}
          onClick={() => chooser.choose(words.importTitle)}
        >
          {words.import}
        </Button>
        {model === '' && <span className="hint">{words.needsModel}</span>}
      </div>
      {chooser.dialog}
      {(action.problem ?? chooser.problem) && <Strip kind="error">{action.problem ?? chooser.problem}</Strip>}
      {said && <Strip kind="info">{said}</Strip>}
    </Section>
  )
}
