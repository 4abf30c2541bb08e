import { Button, CloseButton } from '@mantine/core'
import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from 'react'
import { Icon } from '../components/icon.tsx'
import { hostStrings as words } from '../strings/host.ts'
import { withNotice, type Notice } from './notice.ts'
import './notices.css'

const Tell = createContext<(notice: Notice) => void>(() => undefined)
/** Tells something beside the page, whichever page is open. */
export const useTell = () => useContext(Tell)

/** What nobody has to act on goes by itself. */
const shownMs = 10_000

/** Around the window: notices lie over its lower right corner. What is an error is read out at once, the rest in turn. */
export function Notices({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<Notice[]>([])
  const tell = useCallback((notice: Notice) => setNotices((before) => withNotice(before, notice)), [])
  const close = useCallback((id: string) => setNotices((all) => all.filter((one) => one.id !== id)), [])
  const shown = (errors: boolean) =>
    notices
      .filter(({ kind }) => (kind === 'error') === errors)
      .map((notice) => <Toast key={notice.id} notice={notice} onClose={close} />)
  return (
    <Tell.Provider value={tell}>
      {children}
      <div className="notices">
        <div role="alert">{shown(true)}</div>
        <div role="status" aria-label={words.notices}>
          {shown(false)}
        </div>
      </div>
    </Tell.Provider>
  )
}

function Toast({ notice, onClose }: { notice: Notice; onClose: (id: string) => void }) {
  const { id, kind, title, text, action } = notice
  const goes = kind === 'info' && !action
  useEffect(() => {
    if (!goes) return undefined
    const timer = setTimeout(() => onClose(id), shownMs)
    return () => clearTimeout(timer)
  }, [goes, id, onClose, notice])
  return (
    <div className={`notice ${kind}`}>
      {kind === 'info' ? <Icon name="check" /> : <Icon name="warning" />}
      <div className="notice-words">
        <strong>{title}</strong>
        {text && <p className="secondary">{text}</p>}
        {action && (
          <Button
            variant="default"
            onClick={() => {
              onClose(id)
              action.run()
            }}
          >
            {action.words}
          </Button>
        )}
      </div>
      <CloseButton size="sm" aria-label={words.close} title={words.close} onClick={() => onClose(id)} />
    </div>
  )
}
