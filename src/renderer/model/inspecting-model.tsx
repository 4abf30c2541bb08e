import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'
import { modelFolderName } from '../components/last-name.ts'
import { fileSize, duration } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { modelStrings as words } from '../strings/model.ts'
import { useCall } from '../use-main.ts'

/** What is being done with the folder, and for how long: a large model is read for minutes. */
export function InspectingModel({ dir, onStop }: { dir: string; onStop: () => void }) {
  const seconds = useSeconds()
  const { value } = useCall('modelDisk', { dirs: [dir] })
  const bytes = value?.sizes[0]?.bytes ?? null
  const name = modelFolderName(dir)
  return (
    <Section name={words.inspecting(name)}>
      <div className="spread" role="status">
        <div className="model-progress">
          <strong>{words.inspecting(name)}</strong>
          <p className="hint">
            {words.inspectingWhat(bytes === null ? null : fileSize(bytes))}{' '}
            {seconds > 0 && words.seconds(duration(seconds))}
          </p>
        </div>
        <Button variant="default" onClick={onStop}>
          {words.stop}
        </Button>
      </div>
    </Section>
  )
}

/** Since this was shown. */
function useSeconds(): number {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000)
    return () => clearInterval(timer)
  }, [])
  return seconds
}
