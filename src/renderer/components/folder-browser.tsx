import { ActionIcon, Button, Checkbox, Modal, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import type { FolderEntry, FolderListing } from '../../contract/app.ts'
import { foldersStrings as words } from '../strings/folders.ts'
import { useCall } from '../use-main.ts'
import { FolderList } from './folder-list.tsx'
import { Icon } from './icon.tsx'
import { lastName } from './last-name.ts'
import { Strip } from './sections.tsx'
import './folder-browser.css'
import { useReturnFocus } from './use-return-focus.ts'

/** What is looked for: a folder (a model's is taken at once), or files, several at a time. */
export type Wanted = 'folder' | 'model' | 'files'

/**
 * Folders of the machine that computes, where the page has no system dialog for them. By keyboard: the path takes any path,
 * the list takes ↑ ↓ Enter Backspace.
 */
export function FolderBrowser({
  title,
  wanted,
  extensions = [],
  startIn = null,
  notice,
  onChoose,
  onClose,
}: {
  title: string
  wanted: Wanted
  /** Of files, without dots; none = all. */
  extensions?: readonly string[]
  startIn?: string | null
  /** Why this is shown, above the list. */
  notice?: ReactNode
  onChoose: (paths: string[]) => void
  onClose: () => void
}) {
  useReturnFocus()
  const [path, setPath] = useState(startIn)
  const [hidden, setHidden] = useState(false)
  const { value: listing, problem } = useCall('listFolder', { path, hidden })
  return (
    <Modal opened onClose={onClose} title={title} size={760} centered>
      {notice && <Strip kind="info">{notice}</Strip>}
      {problem && (
        <Strip
          kind="error"
          actions={
            <Button variant="default" onClick={() => setPath(null)}>
              {words.goHome}
            </Button>
          }
        >
          {problem}
        </Strip>
      )}
      {listing ? (
        <Browser
          key={`${listing.path} ${hidden}`}
          listing={listing}
          wanted={wanted}
          extensions={extensions}
          hidden={hidden}
          onHidden={setHidden}
          onGo={setPath}
          onChoose={onChoose}
          onClose={onClose}
        />
      ) : (
        !problem && <p className="hint">{words.loading}</p>
      )}
    </Modal>
  )
}

function Browser({
  listing,
  wanted,
  extensions,
  hidden,
  onHidden,
  onGo,
  onChoose,
  onClose,
}: {
  listing: FolderListing
  wanted: Wanted
  extensions: readonly string[]
  hidden: boolean
  onHidden: (hidden: boolean) => void
  onGo: (path: string) => void
  onChoose: (paths: string[]) => void
  onClose: () => void
}) {
  const [at, setAt] = useState<FolderEntry | null>(null)
  const [files, setFiles] = useState<ReadonlySet<string>>(new Set())
  const isAllowed = (entry: FolderEntry): boolean =>
    entry.kind !== 'file' ||
    (wanted === 'files' && (extensions.length === 0 || extensions.some((end) => endsWith(entry, end))))
  function open(entry: FolderEntry): void {
    if (!isAllowed(entry)) return
    if (entry.kind === 'file') toggle(entry)
    else if (entry.kind === 'model' && wanted === 'model') onChoose([entry.path])
    else onGo(entry.path)
  }
  function toggle({ path }: FolderEntry): void {
    const next = new Set(files)
    if (!next.delete(path)) next.add(path)
    setFiles(next)
  }
  // As in system dialogs: the folder under the cursor, or else the one that is open.
  const folder = at && at.kind !== 'file' ? at : { path: listing.path, name: lastName(listing.path) }
  return (
    <>
      <div className="folders">
        <PathBar listing={listing} hidden={hidden} onHidden={onHidden} onGo={onGo} />
        <nav className="folders-places" aria-label={words.places}>
          {listing.places.map((place) => (
            <button key={place.path} type="button" className="nav-row" onClick={() => onGo(place.path)}>
              <Icon name="folder" />
              <span className="name">{place.label}</span>
            </button>
          ))}
        </nav>
        <FolderList
          listing={listing}
          at={at}
          chosen={files}
          isAllowed={isAllowed}
          onAt={setAt}
          onOpen={open}
          onToggle={wanted === 'files' ? toggle : null}
          onUp={() => listing.parent && onGo(listing.parent)}
        />
      </div>
      <div className="row folders-end">
        <span className="hint">{words.keys}</span>
        <Button variant="default" onClick={onClose}>
          {words.cancel}
        </Button>
        {wanted === 'files' ? (
          <Button disabled={files.size === 0} onClick={() => onChoose([...files])}>
            {words.chooseFiles(files.size)}
          </Button>
        ) : (
          <Button onClick={() => onChoose([folder.path])}>{words.choose(folder.name)}</Button>
        )}
      </div>
    </>
  )
}

function PathBar({
  listing,
  hidden,
  onHidden,
  onGo,
}: {
  listing: FolderListing
  hidden: boolean
  onHidden: (hidden: boolean) => void
  onGo: (path: string) => void
}) {
  return (
    <form
      className="row folders-bar"
      onSubmit={(event) => {
        event.preventDefault()
        const typed = new FormData(event.currentTarget).get('path')
        if (typeof typed === 'string' && typed.trim() !== '') onGo(typed.trim())
      }}
    >
      <ActionIcon
        variant="default"
        size={28}
        aria-label={words.up}
        title={words.up}
        disabled={listing.parent === null}
        onClick={() => listing.parent && onGo(listing.parent)}
      >
        <Icon name="left" />
      </ActionIcon>
      <TextInput
        size="xs"
        name="path"
        aria-label={words.path}
        title={words.pathHelp}
        defaultValue={listing.path}
        autoComplete="off"
        spellCheck={false}
      />
      <Checkbox
        size="xs"
        label={words.hidden}
        checked={hidden}
        onChange={(event) => onHidden(event.currentTarget.checked)}
      />
    </form>
  )
}

const endsWith = ({ name }: FolderEntry, end: string): boolean =>
  name.toLowerCase().endsWith(`.${end.toLowerCase()}`)
