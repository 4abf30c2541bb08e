import { TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Licence } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { aboutStrings as words } from '../strings/about.ts'
import { findLicences } from './find-licences.ts'

/** Each package folded to a line; its text is there once it is opened. */
export function LicenceList({ licences }: { licences: readonly Licence[] }) {
  const [search, setSearch] = useState('')
  const [open, setOpen] = useState<string | null>(null)
  const found = findLicences(licences, search)
  return (
    <>
      <TextInput
        size="xs"
        className="about-search"
        aria-label={words.search}
        placeholder={words.search}
        leftSection={<Icon name="search" size={14} />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      {found.length === 0 && <p className="hint">{words.nothing}</p>}
      <ul className="about-licences">
        {found.map(({ name, version, licence, text }) => {
          const key = `${name} ${version}`
          return (
            <li key={key}>
              <button
                type="button"
                className="link about-licence"
                aria-expanded={open === key}
                onClick={() => setOpen(open === key ? null : key)}
              >
                <span>
                  {name} <span className="hint number">{version}</span>
                </span>
                <span className="hint">{licence}</span>
              </button>
              {open === key && (
                <pre className="about-text" tabIndex={0}>
                  {text.trim() === '' ? words.noText : text}
                </pre>
              )}
            </li>
          )
        })}
      </ul>
    </>
  )
}
