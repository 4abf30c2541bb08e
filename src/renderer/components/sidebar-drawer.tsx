import { ActionIcon, Drawer, Tooltip } from '@mantine/core'
import type { MouseEvent, ReactNode } from 'react'
import { keysOfCommand } from '../commands/shown-keys.ts'
import { windowStrings as words } from '../strings/window.ts'
import { Icon } from './icon.tsx'

/** The sidebar of a window that has no room for it beside the page: over the page, until a place is chosen or it is closed. */
export function SidebarDrawer({
  isOpen,
  onClose,
  children,
}: {
  isOpen: boolean
  onClose: () => void
  children: ReactNode
}) {
  const leave = ({ target }: MouseEvent): void => {
    if (target instanceof Element && target.closest('a')) onClose()
  }
  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      title={words.pages}
      size={264}
      closeButtonProps={{ 'aria-label': words.close }}
      classNames={{ body: 'drawer-body', content: 'drawer-content' }}
      onClick={leave}
    >
      {children}
    </Drawer>
  )
}

/** In the title bar, where the sidebar is a drawer. */
export function DrawerButton({ isOpen, onOpen }: { isOpen: boolean; onOpen: () => void }) {
  return (
    <Tooltip label={`${words.pages} (${keysOfCommand('toggle-sidebar')})`}>
      <ActionIcon
        variant="subtle"
        aria-label={words.pages}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={onOpen}
      >
        <Icon name="sidebar" />
      </ActionIcon>
    </Tooltip>
  )
}
