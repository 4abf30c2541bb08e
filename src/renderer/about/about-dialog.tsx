import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import type { About } from '../../contract/app.ts'
import { whole } from '../components/numbers.ts'
import { Strip } from '../components/sections.tsx'
import { useReturnFocus } from '../components/use-return-focus.ts'
import mark from '../mark.svg'
import { aboutStrings as words } from '../strings/about.ts'
import { useCall } from '../use-main.ts'
import './about.css'
import { LicenceList } from './licence-list.tsx'

/** What the program is, of what parts, and under which licences. */
export function AboutDialog({ onClose }: { onClose: () => void }) {
  useReturnFocus()
  const { value: about, problem } = useCall('about', {})
  return (
    <Modal opened onClose={onClose} title={words.title} size={640} centered>
      {problem && <Strip kind="error">{problem}</Strip>}
      {about ? <Facts about={about} /> : !problem && <p className="hint about-wait">{words.loading}</p>}
    </Modal>
  )
}

function Facts({ about }: { about: About }) {
  const [isRead, setRead] = useState(false)
  const { thirdParty } = about
  return (
    <div className="about">
      <div className="row about-name">
        <img src={mark} width={40} height={40} alt="" />
        <div>
          <strong>{words.version(about.version)}</strong>
          <p className="secondary">{words.purpose}</p>
        </div>
      </div>
      <section aria-label={words.parts}>
        <div className="spread">
          <h2>{words.parts}</h2>
          <CopyVersions versions={about.versions} />
        </div>
        <dl className="about-versions number">
          {Object.entries(about.versions).map(([name, version]) => (
            <div key={name}>
              <dt>{words.names[name] ?? name}</dt>
              <dd>{version}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section aria-label={words.licence}>
        <div className="spread">
          <h2>{words.licence}</h2>
          <Button variant="default" aria-expanded={isRead} onClick={() => setRead(!isRead)}>
            {words.showLicence}
          </Button>
        </div>
        <p className="secondary">{words.licenceName(about.licence)}</p>
        {isRead && (
          <pre className="about-text" tabIndex={0}>
            {about.licenceText}
          </pre>
        )}
      </section>
      <section aria-label={words.thirdParty}>
        <h2>
          {words.thirdParty}{' '}
          {thirdParty && <span className="hint">{words.thirdPartyCount(whole(thirdParty.length))}</span>}
        </h2>
        {thirdParty ? <LicenceList licences={thirdParty} /> : <p className="hint">{words.noThirdParty}</p>}
      </section>
    </div>
  )
}

function CopyVersions({ versions }: { versions: About['versions'] }) {
  const [outcome, setOutcome] = useState('')
  const text = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join('\n')
  return (
    <span className="row">
      <span className="hint" role="status">
        {outcome}
      </span>
      <Button
        variant="default"
        onClick={() => {
          navigator.clipboard.writeText(text).then(
            () => setOutcome(words.copied),
            () => setOutcome(words.copyFailed),
          )
        }}
      >
        {words.copy}
      </Button>
    </span>
  )
}
