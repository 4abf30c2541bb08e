import { Button, Popover, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { planStrings as words } from '../strings/plan.ts'
import { useAction, useMain } from '../use-main.ts'
import type { PlanDocument } from './plan-document.ts'

/** Keeps the plan under a name, for other projects too. */
export function SavePreset({ document, blocked }: { document: PlanDocument; blocked: boolean }) {
  const client = useMain()
  const [isOpen, setOpen] = useState(false)
  const [name, setName] = useState('')
  const saving = useAction()
  function save(event: FormEvent): void {
    event.preventDefault()
    saving.run(async () => {
      await client.call('savePlanPreset', { name: name.trim(), plan: document.plan })
      setOpen(false)
      setName('')
    })
  }
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus withinPortal returnFocus>
      <Popover.Target>
        <Button variant="default" disabled={blocked} onClick={() => setOpen(!isOpen)}>
          {words.saveAsPreset}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form onSubmit={save} className="plan-save">
          <TextInput
            size="xs"
            label={words.presetName}
            description={words.presetNameHelp}
            value={name}
            maxLength={80}
            error={saving.problem}
            data-autofocus
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <div className="row">
            <Button type="submit" loading={saving.busy} disabled={name.trim() === ''}>
              {words.savePreset}
            </Button>
            <Button variant="default" onClick={() => setOpen(false)}>
              {words.cancel}
            </Button>
          </div>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
