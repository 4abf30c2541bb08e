import { Button } from '@mantine/core'
import { useChooseFolder } from '../components/use-choose-folder.tsx'
import { Icon } from '../components/icon.tsx'
import { Strip } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { useAction, useMain } from '../use-main.ts'
import type { Measure } from './use-measure.ts'

const words = benchmarksStrings.measure

/** Where the datasets lie, a folder each below it. */
export function DataFolder({ measure: { dataDir, lookAgain } }: { measure: Measure }) {
  const client = useMain()
  const action = useAction()
  const { choose, dialog, problem } = useChooseFolder('folder', (dir) =>
    action.run(() => client.call('setBenchmarkDataDir', { dir }).then(lookAgain)),
  )
  const failed = problem ?? action.problem
  return (
    <>
      <div className="bench-folder">
        <Icon name="folder" />
        <span className="bench-folder-path" title={dataDir ?? undefined}>
          {dataDir ?? words.noFolder}
        </span>
        <Button
          variant="default"
          loading={action.busy}
          onClick={() => choose({ title: words.folderTitle, startIn: dataDir })}
        >
          {words.chooseFolder}
        </Button>
        <Button variant="subtle" onClick={lookAgain}>
          {words.lookAgain}
        </Button>
      </div>
      {failed && <Strip kind="error">{failed}</Strip>}
      {dialog}
    </>
  )
}
