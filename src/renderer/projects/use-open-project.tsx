import { useState, type ReactNode } from 'react'
import { useChooseFolder } from '../components/use-choose-folder.tsx'
import { go } from '../navigation.tsx'
import { homeStrings as words } from '../strings/home.ts'
import { messageOf, useMain } from '../use-main.ts'

/** Asks for a project's folder, takes it into the record and shows it. `dialog` goes somewhere into the page. */
export function useOpenProject(): { open(): void; problem: string | null; dialog: ReactNode } {
  const client = useMain()
  const [problem, setProblem] = useState<string | null>(null)
  const folder = useChooseFolder('folder', (dir) => {
    client.call('openProject', { dir }).then(
      ({ projectId }) => go({ name: 'project', projectId, step: 'run' }),
      (error: unknown) => setProblem(messageOf(error)),
    )
  })
  return {
    open() {
      setProblem(null)
      folder.choose({ title: words.openTitle })
    },
    problem: problem ?? folder.problem,
    dialog: folder.dialog,
  }
}
