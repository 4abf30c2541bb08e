import { TextInput } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { Icon } from '../components/icon.tsx'
import { helpStrings as words } from '../strings/help.ts'

/** `/` goes to it from anywhere on the page, Esc empties it. */
export function HelpSearch({ value, onChange }: { value: string; onChange: (search: string) => void }) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      const { target } = event
      const isField = target instanceof Element && target.closest('input, textarea, [role="dialog"]')
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isField) return
      event.preventDefault()
      field.current?.focus()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
  return (
    <TextInput
      ref={field}
      type="search"
      className="help-search"
      size="xs"
      aria-label={words.search}
      placeholder={words.search}
      leftSection={<Icon name="search" size={14} />}
      rightSection={value === '' ? <kbd>{words.searchKey}</kbd> : undefined}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && value !== '') onChange('')
      }}
    />
  )
}
