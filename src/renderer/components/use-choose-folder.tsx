import { useState, type ReactNode } from 'react'
import { messageOf, useCall, useMain } from '../use-main.ts'
import { FolderBrowser } from './folder-browser.tsx'

interface Asked {
  title: string
  startIn: string | null
  notice: ReactNode
}

/**
 * Asks for a folder: by the system's dialog where the host has one, by the page's own browser otherwise. `dialog` goes
 * somewhere into the page; `choose` never answers when the person closes it.
 */
export function useChooseFolder(
  wanted: 'folder' | 'model',
  onChoose: (path: string) => void,
): {
  dialog: ReactNode
  problem: string | null
  choose(options: { title: string; startIn?: string | null; notice?: ReactNode }): void
} {
  const client = useMain()
  const { value: host } = useCall('host', {})
  const [asked, setAsked] = useState<Asked | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  return {
    problem,
    choose({ title, startIn = null, notice = null }) {
      setProblem(null)
      if (!host?.dialogs) {
        setAsked({ title, startIn, notice })
        return
      }
      client.call('chooseFolder', { title, startIn }).then(
        ({ path }) => path !== null && onChoose(path),
        (error: unknown) => setProblem(messageOf(error)),
      )
    },
    dialog: asked && (
      <FolderBrowser
        title={asked.title}
        wanted={wanted}
        startIn={asked.startIn}
        notice={asked.notice}
        onClose={() => setAsked(null)}
        onChoose={([path]) => {
          setAsked(null)
          if (path !== undefined) onChoose(path)
        }}
      />
    ),
  }
}
