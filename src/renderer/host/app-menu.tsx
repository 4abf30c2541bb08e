import { ActionIcon, Tooltip } from '@mantine/core'
import { Icon } from '../components/icon.tsx'
import { hostStrings as words } from '../strings/host.ts'
import { useCall, useMain } from '../use-main.ts'

/** The application menu, where the system has no place of its own for it: the window draws its title bar itself. */
export function AppMenu() {
  const client = useMain()
  const { value: host } = useCall('host', {})
  if (!host?.menu || host.platform === 'darwin') return null
  return (
    <Tooltip label={words.menu}>
      <ActionIcon variant="subtle" aria-label={words.menu} onClick={() => void client.call('showMenu', {})}>
        <Icon name="menu" />
      </ActionIcon>
    </Tooltip>
  )
}
