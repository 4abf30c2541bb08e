import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { Icon } from './icon.tsx'

/** Copies a text, and says for a moment that it has. */
export function CopyIcon({ text, name, copied }: { text: string; name: string; copied: string }) {
  return (
    <CopyButton value={text}>
      {(button) => (
        <Tooltip label={button.copied ? copied : name}>
          <ActionIcon variant="subtle" color="gray" className="quiet" aria-label={name} onClick={button.copy}>
            <Icon name={button.copied ? 'check' : 'copy'} />
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  )
}
