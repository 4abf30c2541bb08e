import { Button, Textarea, Tooltip } from '@mantine/core'
import type { KeyboardEvent, RefObject } from 'react'
import { shownKeys } from '../commands/shown-keys.ts'
import { Icon } from '../components/icon.tsx'
import { chatStrings as words } from '../strings/chat.ts'

/** Where the next message is written. Enter sends it. */
export function Composer({
  field,
  message,
  onMessage,
  busy,
  blocked,
  onSend,
  onStop,
  onEdit,
  onTry,
}: {
  field: RefObject<HTMLTextAreaElement | null>
  message: string
  onMessage: (message: string) => void
  busy: boolean
  /** No model can be asked. */
  blocked: boolean
  onSend: () => void
  onStop: () => void
  onEdit: () => void
  /** Absent where the dataset has nothing held out. */
  onTry: (() => void) | undefined
}) {
  const ready = !busy && !blocked && message.trim() !== ''
  const press = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return // Enter chooses a candidate of the input method
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      if (ready) onSend()
    }
    if (event.key === 'ArrowUp' && message === '') {
      event.preventDefault()
      onEdit()
    }
  }
  return (
    <div className="chat-composer">
      <Textarea
        ref={field}
        aria-label={words.message}
        placeholder={words.placeholder}
        value={message}
        onChange={(event) => onMessage(event.currentTarget.value)}
        onKeyDown={press}
        autosize
        minRows={2}
        maxRows={8}
        autoFocus
      />
      <div className="spread">
        <span className="hint">{words.keys}</span>
        <div className="row">
          {onTry && (
            <Tooltip label={words.tryPromptHint}>
              <Button variant="default" onClick={onTry} disabled={busy || blocked}>
                {words.tryPrompt}
              </Button>
            </Tooltip>
          )}
          {busy ? (
            <Button onClick={onStop} leftSection={<Icon name="stop" size={12} />} title={shownKeys('Escape')}>
              {words.stop}
            </Button>
          ) : (
            <Button onClick={onSend} disabled={!ready} title={shownKeys('Enter')}>
              {words.send}
            </Button>
          )}
        </div>
      </div>
    </div>
  )
}
