import { useState, type DragEvent } from 'react'
import { modelStrings as words } from '../strings/model.ts'

/**
 * A folder dropped anywhere on the page. The desktop's shell says where it lies; a browser does not, so the page says that and
 * opens its own folder browser.
 */
export function useModelDrop({
  isOff,
  choose,
  browse,
}: {
  isOff: boolean
  choose: (dir: string) => void
  browse: (notice: string) => void
}): {
  isOver: boolean
  problem: string | null
  handlers: Pick<React.DOMAttributes<HTMLElement>, 'onDragOver' | 'onDragLeave' | 'onDrop'>
} {
  const [isOver, setOver] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files')
  function take(item: DataTransferItem): void {
    const file = item.getAsFile()
    const isFolder = item.webkitGetAsEntry()?.isDirectory ?? false
    const name = item.webkitGetAsEntry()?.name ?? file?.name ?? ''
    if (!isFolder) {
      setProblem(words.dropNotFolder(name))
      return
    }
    const path = file && window.desktop?.pathForFile(file)
    if (path) choose(path)
    else browse(words.dropNoPath(name))
  }
  return {
    isOver: isOver && !isOff,
    problem,
    handlers: {
      onDragOver(event) {
        if (!hasFiles(event)) return
        // Without it the page would be left for the file.
        event.preventDefault()
        event.dataTransfer.dropEffect = isOff ? 'none' : 'copy'
        setOver(true)
      },
      onDragLeave(event) {
        if (event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)) return
        setOver(false)
      },
      onDrop(event) {
        if (!hasFiles(event)) return
        event.preventDefault()
        setOver(false)
        setProblem(null)
        const [item] = event.dataTransfer.items
        if (item && !isOff) take(item)
      },
    },
  }
}
