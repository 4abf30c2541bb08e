import { Kbd, TextInput } from '@mantine/core'
import type { KeyboardEvent, RefObject } from 'react'
import { Icon } from './icon.tsx'

/** Search above a list: Escape empties it and then leaves it, arrow keys go on in the list. */
export function SearchField({
  field,
  label,
  value,
  maxLength,
  onChange,
  onLeave,
}: {
  field: RefObject<HTMLInputElement | null>
  label: string
  value: string
  maxLength: number
  onChange: (value: string) => void
  /** By how many rows. */
  onLeave: (by: number) => void
}) {
  const press = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Escape') {
      if (value !== '') onChange('')
      else event.currentTarget.blur()
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      onLeave(event.key === 'ArrowDown' ? 1 : -1)
    }
  }
  return (
    <TextInput
      ref={field}
      size="xs"
      type="search"
      aria-label={label}
      placeholder={label}
      value={value}
      maxLength={maxLength}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={press}
      leftSection={<Icon name="search" />}
      rightSection={value === '' ? <Kbd size="xs">/</Kbd> : null}
    />
  )
}
