import { Button, Modal } from '@mantine/core'
import type { BenchmarkEvaluation } from '../../contract/app/benchmarks.ts'
import { Strip } from '../components/sections.tsx'
import { useReturnFocus } from '../components/use-return-focus.ts'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { useAction, useMain } from '../use-main.ts'
import { nameInside } from './model-names.ts'
import { settingsName } from './settings-groups.ts'

const words = benchmarksStrings.queue

/** Says what goes and what stays before an evaluation is deleted. */
export function RemoveDialog({
  evaluation: { id, model, settings },
  onClose,
}: {
  evaluation: BenchmarkEvaluation
  onClose: () => void
}) {
  useReturnFocus()
  const client = useMain()
  const action = useAction()
  const remove = (): void =>
    action.run(async () => {
      await client.call('removeBenchmark', { id })
      onClose()
    })
  return (
    <Modal
      opened
      onClose={onClose}
      title={words.removeTitle(nameInside(model.iteration))}
      centered
      size={480}
    >
      <p className="hint">{settingsName(settings)}</p>
      <p>{words.removeWords}</p>
      {action.problem && <Strip kind="error">{action.problem}</Strip>}
      <div className="row bench-dialog-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          {words.keep}
        </Button>
        <Button variant="default" className="bench-destructive" loading={action.busy} onClick={remove}>
          {words.confirm}
        </Button>
      </div>
    </Modal>
  )
}
