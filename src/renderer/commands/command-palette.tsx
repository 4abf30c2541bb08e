import { Modal, TextInput } from '@mantine/core'
import { useId, useRef, useState } from 'react'
import { Icon } from '../components/icon.tsx'
import { useReturnFocus } from '../components/use-return-focus.ts'
import { commandStrings as words } from '../strings/commands.ts'
import { findCommands, type Command } from './command.ts'
import { keysOfCommand, shownKeys } from './shown-keys.ts'
import './command-palette.css'

const mostShown = 60

/** Ctrl K: every page, project, run and action by its name. */
export function CommandPalette({ commands, onClose }: { commands: readonly Command[]; onClose: () => void }) {
  useReturnFocus()
  const [search, setSearch] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  const found = findCommands(commands, search).slice(0, mostShown)
  const active = found[Math.min(at, found.length - 1)]

  function choose(command: Command): void {
    onClose()
    command.run()
  }

  function move(by: number): void {
    const next = (at + by + found.length) % Math.max(1, found.length)
    setAt(next)
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' })
  }

  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      size={560}
      padding={0}
      yOffset={56}
      // What is typed right after Ctrl K is meant for it: nothing fades in before it listens.
      transitionProps={{ duration: 0 }}
      attributes={{ content: { 'aria-label': words.title } }}
    >
      <TextInput
        aria-label={words.placeholder}
        placeholder={words.placeholder}
        variant="unstyled"
        size="md"
        px={16}
        leftSection={<Icon name="search" />}
        autoFocus
        data-autofocus
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={active ? `${id}-${active.id}` : undefined}
        value={search}
        onChange={(event) => {
          setSearch(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') move(1)
          else if (event.key === 'ArrowUp') move(-1)
          else if (event.key === 'Enter' && active) choose(active)
          else return
          event.preventDefault()
        }}
      />
      <div className="palette" role="listbox" id={id} ref={list} aria-label={words.title}>
        {found.map((command) => (
          <div
            key={command.id}
            id={`${id}-${command.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={command === active}
            className="palette-row"
            onMouseMove={() => setAt(found.indexOf(command))}
            onClick={() => choose(command)}
            onKeyDown={(event) => event.key === 'Enter' && choose(command)}
          >
            <span>{command.words}</span>
            <span className="hint">{words.groups[command.group]}</span>
            {command.keys && <kbd>{shownKeys(command.keys)}</kbd>}
          </div>
        ))}
        {found.length === 0 && <p className="hint palette-none">{words.nothing}</p>}
      </div>
    </Modal>
  )
}

/** The box in the title bar that opens it. */
export function CommandBox({ onOpen }: { onOpen: () => void }) {
  return (
    <button type="button" className="command-box" onClick={onOpen}>
      <Icon name="search" size={14} />
      <span>{words.button}</span>
      <kbd>{keysOfCommand('command-palette')}</kbd>
    </button>
  )
}
