import { useEffect, useRef } from 'react'
import type { Command as HostCommand } from '../../contract/app.ts'
import type { Command } from '../commands/command.ts'
import { go, wizardSteps } from '../navigation.tsx'
import { useMain, useStream } from '../use-main.ts'
import { saveDiagnostics } from './save-diagnostics.ts'

interface Received {
  count: number
  command: HostCommand
}
const longestBacklog = 32
const keep = (before: Received[] | null, command: HostCommand): Received[] =>
  [...(before ?? []), { count: (before?.at(-1)?.count ?? 0) + 1, command }].slice(-longestBacklog)

/** A menu item, a notification or a second start of the program asks for something: the same as the palette would do. */
export function useHostCommands(commands: readonly Command[], onPalette: () => void): void {
  const client = useMain()
  const { value: received } = useStream('commands', {}, keep)
  const handled = useRef(0)
  useEffect(() => {
    for (const { count, command } of received ?? []) {
      if (count <= handled.current) continue
      handled.current = count
      if (command.command === 'show-run') {
        go({ name: 'project', projectId: command.projectId, step: 'run' })
      } else if (command.command === 'show-project') {
        go({ name: 'project', projectId: command.projectId, step: 'model' })
      } else if (command.command === 'command-palette') onPalette()
      else if (command.command === 'shortcuts') go({ name: 'help', topic: 'shortcuts' })
      else if (command.command === 'about') go({ name: 'help', topic: 'about' })
      else if (command.command === 'diagnostics') void saveDiagnostics(client)
      else {
        const id = paletteIds[command.command] ?? command.command
        commands.find((candidate) => candidate.id === id)?.run()
      }
    }
  }, [received, commands, onPalette, client])
}

/** Command of the host → id in the palette, where the two differ. */
const paletteIds: Partial<Record<HostCommand['command'], string>> = {
  'go-home': 'home',
  'go-models': 'models',
  'go-runs': 'runs',
  'go-compare': 'compare',
  'go-step-1': `step-${wizardSteps[0]}`,
  'go-step-2': `step-${wizardSteps[1]}`,
  'go-step-3': `step-${wizardSteps[2]}`,
  'go-step-4': `step-${wizardSteps[3]}`,
  'go-step-5': `step-${wizardSteps[4]}`,
  'go-samples': 'step-samples',
  'go-chat': 'step-chat',
  'toggle-sidebar': 'sidebar',
  'primary-action': 'primary',
}
