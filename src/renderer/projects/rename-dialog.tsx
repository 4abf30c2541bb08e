import { Button, Modal, TextInput } from '@mantine/core'
import { Strip } from '../components/sections.tsx'
import { useReturnFocus } from '../components/use-return-focus.ts'
import { projectsStrings as words } from '../strings/projects.ts'
import { useAction, useMain } from '../use-main.ts'

const longestName = 120

export function RenameDialog({
  project,
  onClose,
}: {
  project: { id: string; name: string }
  onClose: () => void
}) {
  useReturnFocus()
  const client = useMain()
  const action = useAction()
  return (
    <Modal opened onClose={onClose} title={words.renameTitle} centered size={420}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const name = String(new FormData(event.currentTarget).get('name') ?? '').trim()
          if (name === '') return
          action.run(async () => {
            await client.call('renameProject', { projectId: project.id, name })
            onClose()
          })
        }}
      >
        <TextInput
          size="xs"
          name="name"
          label={words.name}
          defaultValue={project.name}
          maxLength={longestName}
          required
          data-autofocus
          autoComplete="off"
        />
        {action.problem && <Strip kind="error">{action.problem}</Strip>}
        <div className="row dialog-end">
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" loading={action.busy}>
            {words.save}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
