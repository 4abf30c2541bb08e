import { useEffect, useRef, type KeyboardEvent } from 'react'
import type { FolderEntry, FolderListing } from '../../contract/app.ts'
import { foldersStrings as words } from '../strings/folders.ts'
import { Icon } from './icon.tsx'
import { fileSize, whole } from './numbers.ts'

/** What a folder holds, as one list with a cursor: ↑ ↓ Home End, Enter opens, Space marks a file, Backspace goes up. */
export function FolderList({
  listing,
  at,
  chosen,
  isAllowed,
  onAt,
  onOpen,
  onToggle,
  onUp,
}: {
  listing: FolderListing
  at: FolderEntry | null
  /** Paths of marked files. */
  chosen: ReadonlySet<string>
  isAllowed: (entry: FolderEntry) => boolean
  onAt: (entry: FolderEntry) => void
  onOpen: (entry: FolderEntry) => void
  /** null = files cannot be marked. */
  onToggle: ((entry: FolderEntry) => void) | null
  onUp: () => void
}) {
  const list = useRef<HTMLDivElement>(null)
  const { entries, leftOut } = listing
  useEffect(() => list.current?.focus(), [])
  function move(index: number): void {
    const entry = entries[Math.max(0, Math.min(entries.length - 1, index))]
    if (!entry) return
    onAt(entry)
    document.getElementById(idOf(entries.indexOf(entry)))?.scrollIntoView({ block: 'nearest' })
  }
  function onKeyDown(event: KeyboardEvent): void {
    const here = at ? entries.indexOf(at) : -1
    const act = {
      ArrowDown: () => move(here + 1),
      ArrowUp: () => move(here - 1),
      Home: () => move(0),
      End: () => move(entries.length - 1),
      Enter: () => at && onOpen(at),
      Backspace: onUp,
      ' ': () => at?.kind === 'file' && isAllowed(at) && onToggle?.(at),
    }[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }
  return (
    <div
      ref={list}
      className="folders-list"
      role={entries.length > 0 ? 'listbox' : 'group'}
      aria-label={words.contents}
      aria-multiselectable={entries.length > 0 ? onToggle !== null : undefined}
      aria-activedescendant={at ? idOf(entries.indexOf(at)) : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      {entries.map((entry, i) => (
        <div
          key={entry.path}
          id={idOf(i)}
          role="option"
          aria-selected={chosen.has(entry.path) || (onToggle === null && entry === at)}
          aria-disabled={!isAllowed(entry)}
          className={`folders-entry${entry === at ? ' at' : ''}`}
          onClick={() => {
            onAt(entry)
            if (entry.kind === 'file' && isAllowed(entry)) onToggle?.(entry)
          }}
          onDoubleClick={() => entry.kind !== 'file' && onOpen(entry)}
        >
          <Icon name={entry.kind === 'file' ? 'file' : entry.kind === 'model' ? 'models' : 'folder'} />
          <span className="name">{entry.name}</span>
          <span>{entry.kind === 'model' && <span className="tag">{words.model}</span>}</span>
          <span className="hint number">{entry.bytes === null ? '' : fileSize(entry.bytes)}</span>
        </div>
      ))}
      {entries.length === 0 && <p className="hint folders-note">{words.empty}</p>}
      {leftOut > 0 && (
        <p className="hint folders-note" role="presentation">
          {words.leftOut(whole(leftOut))}
        </p>
      )}
    </div>
  )
}

const idOf = (index: number): string => `folder-entry-${index}`
