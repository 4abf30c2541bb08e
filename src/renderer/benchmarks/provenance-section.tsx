import { useState } from 'react'
import { duration, fixed, when } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { modelName } from './model-names.ts'
import type { SettingsGroup } from './settings-groups.ts'

const words = benchmarksStrings.provenance
const hashShown = 12

/** Of each model's newest evaluation: the hashes and versions that its numbers came from. */
export function ProvenanceSection({ group }: { group: SettingsGroup }) {
  const [open, setOpen] = useState(false)
  const newest = new Map(group.evaluations.toReversed().map((one) => [one.model.iteration, one]))
  const measured = [...newest.values()].filter(({ provenance }) => provenance !== null)
  if (measured.length === 0) return null
  return (
    <Section
      title={words.title}
      actions={
        <button type="button" className="link bench-more" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? words.hide : words.show}
        </button>
      }
    >
      {open &&
        measured.map(({ id, model, provenance, requestsPerSecond, seconds, finishedAt }) => (
          <dl key={id} className="bench-facts" aria-label={words.of(modelName(model.iteration))}>
            <Fact name={words.model}>
              {modelName(model.iteration)}, <Hash sha256={provenance!.modelSha256} />
            </Fact>
            <Fact name={words.profile}>{provenance!.profile}</Fact>
            <Fact name={words.data}>
              {Object.entries(provenance!.dataSha256).map(([task, sha256]) => (
                <span key={task}>
                  {benchmarksStrings.task(task)} <Hash sha256={sha256} />
                </span>
              ))}
            </Fact>
            {Object.entries(provenance!.versions).map(([name, version]) => (
              <Fact key={name} name={name}>
                {version}
              </Fact>
            ))}
            <Fact name={words.time}>
              {duration(seconds)}
              {finishedAt !== null && `, ${when(finishedAt)}`}
            </Fact>
            {requestsPerSecond !== null && (
              <Fact name={words.rate}>{words.rateOf(fixed(requestsPerSecond, 1))}</Fact>
            )}
          </dl>
        ))}
    </Section>
  )
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="number">{children}</dd>
    </div>
  )
}

function Hash({ sha256 }: { sha256: string }) {
  return <code title={sha256}>{sha256.slice(0, hashShown)}</code>
}
