import { useState, type DragEvent, type ReactNode } from 'react'
import { datasetStrings as words } from '../strings/dataset.ts'

/** Takes files dropped anywhere on what it wraps, and says so while they hang over it. */
export function DropZone({
  disabled,
  onDrop,
  children,
}: {
  disabled: boolean
  onDrop: (transfer: DataTransfer) => void
  children: ReactNode
}) {
  const [over, setOver] = useState(false)
  const hasFiles = (event: DragEvent) => !disabled && event.dataTransfer.types.includes('Files')
  return (
    <div
      className="drop-page"
      onDragOver={(event) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        event.dataTransfer.dropEffect = 'copy'
        setOver(true)
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        setOver(false)
        onDrop(event.dataTransfer)
      }}
    >
      {children}
      {over && (
        <div className="drop-cover" role="status">
          <strong>{words.drop}</strong>
          <span>{words.dropHint}</span>
        </div>
      )}
    </div>
  )
}
