import { useState, type ReactNode } from 'react'
import { FolderBrowser } from '../components/folder-browser.tsx'
import { messageOf, useCall, useMain } from '../use-main.ts'

/** Asks for one file: by the system's dialog where the host has one, by the page's own browser otherwise. */
export function useChooseFile(
  extensions: readonly string[],
  onChoose: (path: string) => void,
): { dialog: ReactNode; problem: string | null; choose(title: string): void } {
  const client = useMain()
  const { value: host } = useCall('host', {})
  const [title, setTitle] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  return {
    problem,
    choose(asked) {
      setProblem(null)
      if (!host?.dialogs) return setTitle(asked)
      client.call('chooseFiles', { title: asked, extensions: [...extensions] }).then(
        ({ paths: [path] }) => path !== undefined && onChoose(path),
        (error: unknown) => setProblem(messageOf(error)),
      )
    },
    dialog: title !== null && (
      <FolderBrowser
        title={title}
        wanted="files"
        extensions={extensions}
        onClose={() => setTitle(null)}
        onChoose={([path]) => {
          setTitle(null)
          if (path !== undefined) onChoose(path)
        }}
      />
    ),
  }
}
