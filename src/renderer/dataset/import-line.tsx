import { Button } from '@mantine/core'
import { useState } from 'react'
import type { ImportResult, LogEvent, Progress } from '../../contract/engine.ts'
import { whole } from '../components/numbers.ts'
import { Strip } from '../components/sections.tsx'
import { datasetStrings as words } from '../strings/dataset.ts'
import { useStream } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { ProgressBar } from './upload-line.tsx'
import { progressWords } from '../../strings/progress.ts'

/** Reads the chosen files for as long as it is on the screen; main keeps the result, and the page then shows that. */
export function ImportLine({ onStop }: { onStop: () => void }) {
  const [attempt, setAttempt] = useState(0)
  return <Importing key={attempt} onStop={onStop} onAgain={() => setAttempt(attempt + 1)} />
}

interface State {
  progress: Progress | null
}
const latest = (before: State | null, event: Progress | LogEvent | ImportResult): State =>
  event.kind === 'progress' ? { progress: event } : (before ?? { progress: null })

function Importing({ onStop, onAgain }: { onStop: () => void; onAgain: () => void }) {
  const { id: projectId } = useProject()
  const { value, problem } = useStream('importDataset', { projectId }, latest)
  if (problem) {
    return (
      <Strip
        kind="error"
        actions={
          <Button variant="default" size="compact-sm" onClick={onAgain}>
            {words.file.again}
          </Button>
        }
      >
        {problem}
      </Strip>
    )
  }
  const { done = 0, total = 0, rate = null, stage = '' } = value?.progress ?? {}
  const says =
    stage === progressWords.writingRows
      ? words.file.writing
      : words.file.reading(whole(done), whole(total), rate === null ? null : whole(rate))
  return (
    <div className="progress-line">
      <div className="spread">
        <span className="hint number">{says}</span>
        <Button variant="default" size="compact-xs" onClick={onStop}>
          {words.stop}
        </Button>
      </div>
      <ProgressBar percent={total === 0 ? 0 : (100 * done) / total} name={words.title} />
    </div>
  )
}
