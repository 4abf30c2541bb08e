import { Button, Modal, Radio, Select, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { ResultModel } from '../../contract/app.ts'
import { fileSize, whole } from '../components/numbers.ts'
import { Strip } from '../components/sections.tsx'
import { useReturnFocus } from '../components/use-return-focus.ts'
import { resultsStrings } from '../strings/results.ts'
import { messageOf, useMain } from '../use-main.ts'
import { sftIteration } from './model-name.ts'

const words = resultsStrings.exportForm
const formats = ['huggingface', 'gguf-f16', 'gguf-q8_0'] as const
type Format = (typeof formats)[number]
const dtypes = ['keep', 'F32', 'BF16', 'F16'] as const
type Dtype = (typeof dtypes)[number]

type State =
  | { kind: 'idle' }
  | { kind: 'running'; what: string }
  | { kind: 'failed'; problem: string }
  | { kind: 'done'; path: string; bytes: number }

/** Writes the model in use as other programs load it. Closing stops nothing that is done and keeps no half file. */
export function ExportForm({
  name,
  model,
  projectDir,
  onClose,
}: {
  name: string
  model: Pick<ResultModel, 'dir' | 'iteration'>
  projectDir: string
  onClose: () => void
}) {
  useReturnFocus()
  const client = useMain()
  const [format, setFormat] = useState<Format>('huggingface')
  const [dtype, setDtype] = useState<Dtype>('keep')
  const [chosen, setChosen] = useState<string | null>(null)
  const [state, setState] = useState<State>({ kind: 'idle' })
  const abort = useRef<AbortController | null>(null)
  useEffect(() => () => abort.current?.abort(), [])
  const outPath = chosen ?? defaultPath(projectDir, model.iteration, format)

  async function start(): Promise<void> {
    const stop = new AbortController()
    abort.current = stop
    setState({ kind: 'running', what: '' })
    try {
      const events = client.stream(
        'exportModel',
        {
          modelDir: model.dir,
          outPath,
          format,
          dtype: format === 'huggingface' && dtype !== 'keep' ? dtype : null,
        },
        { signal: stop.signal },
      )
      for await (const event of events) {
        if (event.kind === 'progress') {
          const { stage, done, total, unit } = event
          setState({ kind: 'running', what: words.progress(stage, whole(done), whole(total), unit) })
        } else if (event.kind === 'done') setState({ kind: 'done', path: event.outPath, bytes: event.bytes })
      }
    } catch (error) {
      if (!stop.signal.aborted) setState({ kind: 'failed', problem: messageOf(error) })
    }
  }

  function close(): void {
    abort.current?.abort()
    onClose()
  }

  return (
    <Modal opened onClose={close} title={words.title(name)} size="lg">
      <div className="export-form">
        <Radio.Group label={words.format} value={format} onChange={(value) => setFormat(value as Format)}>
          {formats.map((value) => (
            <Radio
              key={value}
              value={value}
              label={words.formats[value]}
              description={words.formatHelp[value]}
              mt={8}
            />
          ))}
        </Radio.Group>
        {format === 'huggingface' && (
          <Select
            label={words.dtype}
            data={dtypes.map((value) => ({ value, label: words.dtypes[value] }))}
            value={dtype}
            onChange={(value) => setDtype((value ?? 'keep') as Dtype)}
            allowDeselect={false}
          />
        )}
        <TextInput
          label={words.where}
          description={words.whereHelp}
          value={outPath}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
        {state.kind === 'failed' && <Strip kind="error">{state.problem}</Strip>}
        {state.kind === 'running' && (
          <p className="secondary number" role="status">
            {state.what}
          </p>
        )}
        {state.kind === 'done' && <Strip kind="info">{words.done(state.path, fileSize(state.bytes))}</Strip>}
        <div className="row export-buttons">
          <Button variant="default" onClick={close}>
            {state.kind === 'running' ? words.cancel : words.close}
          </Button>
          <Button
            loading={state.kind === 'running'}
            disabled={outPath.trim() === ''}
            onClick={() => void start()}
          >
            {words.start}
          </Button>
        </div>
      </div>
    </Modal>
  )
}

/** Beside the project's iterations, named for the model and its form. */
function defaultPath(projectDir: string, iteration: number, format: Format): string {
  const slash = projectDir.includes('\\') ? '\\' : '/'
  const stem = iteration === sftIteration ? 'sft' : iteration < 0 ? 'base' : `iteration-${iteration}`
  const file = format === 'huggingface' ? stem : `${stem}-${format.replace('gguf-', '')}.gguf`
  return [projectDir, 'exports', file].join(slash)
}
