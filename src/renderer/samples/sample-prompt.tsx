import { Button, Tooltip } from '@mantine/core'
import { useState } from 'react'
import type { SampleRow } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { whole } from '../components/numbers.ts'
import { samplesStrings as words } from '../strings/samples.ts'
import { shortId } from './sample-list-row.tsx'

/** A single message up to this is shown whole. */
const shortCharacters = 260

export function SamplePrompt({
  row,
  promptTokens,
  isFlagged,
  problem,
  onFlag,
}: {
  row: SampleRow
  promptTokens: number | null
  isFlagged: boolean
  problem: string | null
  onFlag: () => void
}) {
  const { id, prompt } = row
  const [isWhole, showWhole] = useState(false)
  const isLong = prompt.length > 1 || (prompt[0]?.content.length ?? 0) > shortCharacters
  return (
    <section className="sample-prompt" aria-label={words.prompt}>
      <div className="spread">
        <h2>
          {words.prompt}{' '}
          <span className="hint" title={id}>
            {words.promptFacts(
              shortId(id),
              prompt.length,
              promptTokens === null ? null : whole(promptTokens),
            )}
          </span>
        </h2>
        <div className="row">
          {problem && (
            <span className="problem" role="alert">
              {problem}
            </span>
          )}
          <Tooltip label={words.flagHint}>
            <Button
              variant="subtle"
              color="gray"
              className="quiet"
              aria-pressed={isFlagged}
              leftSection={<Icon name="flag" />}
              onClick={onFlag}
            >
              {isFlagged ? words.unflag : words.flag}
            </Button>
          </Tooltip>
          {isLong && (
            <Button
              variant="subtle"
              color="gray"
              className="quiet"
              aria-expanded={isWhole}
              onClick={() => showWhole(!isWhole)}
            >
              {isWhole ? words.showLess : words.showAll(prompt.length)}
            </Button>
          )}
        </div>
      </div>
      {isWhole ? <WholePrompt prompt={prompt} /> : <PromptInBrief prompt={prompt} />}
    </section>
  )
}

/** The first message of the user and the last message, with what lies between them counted. */
function PromptInBrief({ prompt }: { prompt: SampleRow['prompt'] }) {
  const first = prompt.findIndex(({ role }) => role === 'user')
  const opening = prompt[Math.max(0, first)]
  const last = prompt.length - 1
  const between = last - Math.max(0, first) - 1
  if (!opening) return null
  return (
    <p className="prompt-brief">
      <span className="prompt-role">{words.roles[opening.role]}</span> {opening.content}
      {between > 0 && <span className="hint"> {words.between(between)} </span>}
      {last > Math.max(0, first) && <> {prompt[last]!.content}</>}
    </p>
  )
}

function WholePrompt({ prompt }: { prompt: SampleRow['prompt'] }) {
  return (
    <div className="prompt-whole" tabIndex={0} role="group" aria-label={words.prompt}>
      {prompt.map(({ role, content }, i) => (
        <p key={i}>
          <span className="prompt-role">{words.roles[role]}</span> {content}
        </p>
      ))}
    </div>
  )
}
