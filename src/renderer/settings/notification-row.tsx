import { Button } from '@mantine/core'
import { useState } from 'react'
import { settingsStrings } from '../strings/settings.ts'
import { SwitchRow } from './switch-row.tsx'

const words = settingsStrings.notifications

/** In a browser the browser too must allow them: it is asked by a click, as it wants to be. */
export function NotificationRow({
  isOn,
  inBrowser,
  onChange,
}: {
  isOn: boolean
  inBrowser: boolean
  onChange: (on: boolean) => void
}) {
  const isThere = 'Notification' in window
  const [permission, setPermission] = useState(isThere ? Notification.permission : 'denied')
  const ask = (): void => void Notification.requestPermission().then(setPermission)
  return (
    <SwitchRow
      label={words.label}
      about={words.about}
      isOn={isOn}
      onChange={(on) => {
        onChange(on)
        if (on && inBrowser && isThere && permission === 'default') ask()
      }}
    >
      {isOn && inBrowser && permission !== 'granted' && (
        <div className="row">
          <p className="hint">
            {!isThere ? words.unsupported : permission === 'denied' ? words.denied : words.notAsked}
          </p>
          {isThere && permission === 'default' && (
            <Button variant="default" onClick={ask}>
              {words.ask}
            </Button>
          )}
        </div>
      )}
    </SwitchRow>
  )
}
