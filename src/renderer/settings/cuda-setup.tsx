import { Button, Modal } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { CudaSetup } from '../../contract/cuda-setup.ts'
import type { Progress } from '../../contract/engine.ts'
import { fileSize } from '../components/numbers.ts'
import { Strip } from '../components/sections.tsx'
import { ProgressBar } from '../dataset/upload-line.tsx'
import { cudaSetupStrings as words } from '../strings/cuda-setup.ts'
import { messageOf, useCall, useMain } from '../use-main.ts'

/** Fetches what CUDA needs of the program, after its size and licence were shown; `onDone` when it is there. */
export function CudaSetupLine({ onDone }: { onDone: () => void }) {
  const [isAsking, setAsking] = useState(false)
  const { progress, isRunning, problem, start, stop } = useSetup(onDone)
  if (isRunning)
    return (
      <div className="progress-line">
        <div className="spread">
          <span className="hint number">{progress ? progressText(progress) : words.starting}</span>
          <Button variant="default" size="compact-xs" onClick={stop}>
            {words.cancel}
          </Button>
        </div>
        <ProgressBar
          percent={progress && progress.total > 0 ? (100 * progress.done) / progress.total : 0}
          name={words.setUp}
        />
      </div>
    )
  return (
    <>
      <div className="row">
        <Button variant="default" onClick={() => setAsking(true)}>
          {words.setUpMore}
        </Button>
        <span className="hint">{words.about}</span>
      </div>
      {problem && <Strip kind="error">{problem}</Strip>}
      <Modal opened={isAsking} onClose={() => setAsking(false)} title={words.setUp} centered>
        <Question
          onCancel={() => setAsking(false)}
          onFetch={() => {
            setAsking(false)
            start()
          }}
        />
      </Modal>
    </>
  )
}

/** NuGet is asked when the dialog opens: before that nothing leaves the machine. */
function Question({ onCancel, onFetch }: { onCancel: () => void; onFetch: () => void }) {
  const [tries, setTries] = useState(0)
  const { value: setup, problem } = useCall('cudaSetup', {}, tries)
  return (
    <>
      {problem && <Strip kind="error">{problem}</Strip>}
      {!setup && !problem && <p className="hint">{words.asking}</p>}
      {setup?.state === 'absent' && <Facts setup={setup} />}
      {setup?.state === 'unsupported' && <p>{setup.why}</p>}
      {setup?.state === 'ready' && <p>{words.isThere(setup.dir)}</p>}
      <div className="row dialog-end">
        <Button variant="default" data-autofocus onClick={onCancel}>
          {setup?.state === 'absent' ? words.notNow : words.close}
        </Button>
        {problem && <Button onClick={() => setTries(tries + 1)}>{words.tryAgain}</Button>}
        {setup?.state === 'absent' && (
          <Button onClick={onFetch}>{words.fetch(fileSize(setup.bytes - setup.fetchedBytes))}</Button>
        )}
      </div>
    </>
  )
}

function Facts({ setup }: { setup: Extract<CudaSetup, { state: 'absent' }> }) {
  const { packageName, version, host, bytes, fetchedBytes, licence, dir } = setup
  const facts = [
    [words.facts.what, `${packageName} ${version}`],
    [words.facts.from, host],
    [words.facts.size, words.size(fileSize(bytes), fetchedBytes > 0 ? fileSize(fetchedBytes) : null)],
    [words.facts.licence, licence],
    [words.facts.place, dir],
  ]
  return (
    <>
      <p>{words.explain}</p>
      <dl className="cuda-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="hint">{words.notIncluded}</p>
    </>
  )
}

/** "Fetching …, 120.0 of 312.4 MB, 12.1 MB/s, 16 s left" */
function progressText({ stage, done, total, rate }: Progress): string {
  const left = rate === null || rate <= 0 ? null : (total - done) / rate
  return words.progress(stage, fileSize(done * 1e6), fileSize(total * 1e6), rate, left)
}

/** The fetch goes on for as long as the page is there; what was fetched stays for the next time. */
function useSetup(onDone: () => void): {
  isRunning: boolean
  progress: Progress | null
  problem: string | null
  start(): void
  stop(): void
} {
  const client = useMain()
  const [state, setState] = useState<{
    isRunning: boolean
    progress: Progress | null
    problem: string | null
  }>({ isRunning: false, progress: null, problem: null })
  const abort = useRef<AbortController | null>(null)
  useEffect(() => () => abort.current?.abort(), [])
  async function run(): Promise<void> {
    const stop = new AbortController()
    abort.current = stop
    setState({ isRunning: true, progress: null, problem: null })
    try {
      for await (const event of client.stream('setUpCuda', {}, { signal: stop.signal }))
        if (event.kind === 'progress') setState({ isRunning: true, progress: event, problem: null })
      setState({ isRunning: false, progress: null, problem: null })
      onDone()
    } catch (error) {
      const problem = stop.signal.aborted ? null : messageOf(error)
      setState({ isRunning: false, progress: null, problem })
    }
  }
  return { ...state, start: () => void run(), stop: () => abort.current?.abort() }
}
