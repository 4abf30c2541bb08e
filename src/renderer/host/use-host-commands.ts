import { useEffect, useRef } from 'react'
import type { Command as HostCommand } from '../../contract/app.ts'
import type { Command } from '../commands/command.ts'
import { go } from '../navigation.tsx'
import { useStream } from '../use-main.ts'

interface Received {
  count: number
  command: HostCommand
}
const longestBacklog = 32
let received = 0
const keep = (before: Received[] | null, command: HostCommand): Received[] =>
  [...(before ?? []), { count: ++received, command }].slice(-longestBacklog)

/** A menu item, a notification or a second start of the program asks for something: the same as the palette would do. */
export function useHostCommands(commands: readonly Command[]): void {
  const { value: asked } = useStream('commands', {}, keep)
  const handled = useRef(0)
  useEffect(() => {
    for (const { count, command } of asked ?? []) {
      if (count <= handled.current) continue
      handled.current = count
      if (command.command === 'show-run') {
        go({ name: 'project', projectId: command.projectId, step: 'run' })
      } else if (command.command === 'show-project') {
        const { projectId } = command
        const known = commands.find(({ id }) => id === `project-${projectId}`)
        // Where it was left; one that is not listed among the newest begins at its first step.
        if (known) known.run()
        else go({ name: 'project', projectId, step: 'model' })
      } else commands.find(({ id }) => id === command.command)?.run()
    }
  }, [asked, commands])
}
