import { Button } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { Strip } from '../components/sections.tsx'
import { saveDiagnostics } from '../host/save-diagnostics.ts'
import { settingsStrings as words } from '../strings/settings.ts'
import { useAction, useMain } from '../use-main.ts'
import { SettingRow } from './setting-row.tsx'

const AboutDialog = lazy(() => import('../about/about-dialog.tsx').then((m) => ({ default: m.AboutDialog })))

/** A file for whoever is asked for help, and what is and is not in it. */
export function DiagnosticsRow() {
  const client = useMain()
  const { busy, problem, run } = useAction()
  const [saved, setSaved] = useState<string | null>(null)
  const { label, about, inside, outside, save } = words.diagnostics
  return (
    <SettingRow
      label={label}
      about={about}
      control={
        <Button
          variant="default"
          loading={busy}
          onClick={() => run(async () => setSaved(await saveDiagnostics(client)))}
        >
          {save}
        </Button>
      }
    >
      <p className="hint">{inside}</p>
      <p className="hint">{outside}</p>
      <p role="status">{saved}</p>
      {problem && <Strip kind="error">{problem}</Strip>}
    </SettingRow>
  )
}

export function DataFolderRow({ dir, opensFolders }: { dir: string; opensFolders: boolean }) {
  const client = useMain()
  const action = useAction()
  const [copied, setCopied] = useState('')
  const { label, about, show, copy, copied: done, copyFailed } = words.dataDir
  return (
    <SettingRow
      label={label}
      about={about}
      control={
        opensFolders ? (
          <Button variant="default" onClick={() => action.run(() => client.call('openPath', { path: dir }))}>
            {show}
          </Button>
        ) : (
          <>
            <span className="hint" role="status">
              {copied}
            </span>
            <Button
              variant="default"
              onClick={() => {
                navigator.clipboard.writeText(dir).then(
                  () => setCopied(done),
                  () => setCopied(copyFailed),
                )
              }}
            >
              {copy}
            </Button>
          </>
        )
      }
    >
      <p className="setting-path">{dir}</p>
      {action.problem && <Strip kind="error">{action.problem}</Strip>}
    </SettingRow>
  )
}

export function AboutRow() {
  const [isOpen, setOpen] = useState(false)
  const { label, about, show } = words.about
  return (
    <SettingRow
      label={label}
      about={about}
      control={
        <Button variant="default" onClick={() => setOpen(true)}>
          {show}
        </Button>
      }
    >
      {isOpen && (
        <Suspense>
          <AboutDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </SettingRow>
  )
}
