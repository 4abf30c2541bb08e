import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import { Strip } from '../components/sections.tsx'
import { settingsStrings } from '../strings/settings.ts'
import { useAction, useCall, useMain } from '../use-main.ts'
import { SwitchRow } from './switch-row.tsx'

const words = settingsStrings.crashes
const listed = 5

/** Whether reports are kept, where they lie, which there are, and a way to be rid of them. */
export function CrashReports({
  isOn,
  opensFolders,
  onChange,
}: {
  isOn: boolean
  opensFolders: boolean
  onChange: (on: boolean) => void
}) {
  const client = useMain()
  const action = useAction()
  const [version, setVersion] = useState(0)
  const [isAsking, setAsking] = useState(false)
  const { value: found, problem } = useCall('crashReports', {}, version)
  const reports = found?.reports ?? []
  const deleteAll = (): void => {
    setAsking(false)
    action.run(async () => {
      await client.call('deleteCrashReports', {})
      setVersion((before) => before + 1)
    })
  }
  return (
    <SwitchRow label={words.label} about={words.about} isOn={isOn} onChange={onChange}>
      {found && (
        <div className="row setting-facts">
          <span>{reports.length === 0 ? words.none : words.count(reports.length)}</span>
          <span className="hint setting-path">{words.where(found.dir)}</span>
          {opensFolders && (
            <Button
              variant="default"
              onClick={() => action.run(() => client.call('openPath', { path: found.dir }))}
            >
              {words.show}
            </Button>
          )}
          {reports.length > 0 && (
            <Button variant="default" onClick={() => setAsking(true)}>
              {words.delete}
            </Button>
          )}
        </div>
      )}
      {reports.length > 0 && (
        <ul className="setting-list" aria-label={words.list}>
          {reports.slice(0, listed).map(({ name, what, summary, at, bytes }) => (
            <li key={name}>
              <span>
                {words.what[what]}: {summary}
              </span>
              <span className="hint number">{words.row(at, bytes)}</span>
            </li>
          ))}
          {reports.length > listed && <li className="hint">{words.andMore(reports.length - listed)}</li>}
        </ul>
      )}
      {(problem ?? action.problem) && <Strip kind="error">{problem ?? action.problem}</Strip>}
      <Modal opened={isAsking} onClose={() => setAsking(false)} title={words.deleteTitle} centered>
        <p>{words.deleteText}</p>
        <div className="row dialog-end">
          <Button variant="default" data-autofocus onClick={() => setAsking(false)}>
            {words.keep}
          </Button>
          <Button variant="default" className="destructive" onClick={deleteAll}>
            {words.confirm}
          </Button>
        </div>
      </Modal>
    </SwitchRow>
  )
}
