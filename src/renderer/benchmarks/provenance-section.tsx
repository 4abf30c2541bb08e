import { ActionIcon, Tooltip } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import type { BenchmarkEvaluation } from '../../contract/app/benchmarks.ts'
import { Icon } from '../components/icon.tsx'
import { duration, fixed, when } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { modelName, nameInside } from './model-names.ts'
import { RemoveDialog } from './remove-dialog.tsx'
import type { SettingsGroup } from './settings-groups.ts'

const words = benchmarksStrings.provenance
const hashShown = 12

/** Of each evaluation: the hashes and versions that its numbers came from, and a way to take it out of the record. */
export function ProvenanceSection({ group }: { group: SettingsGroup }) {
  const [open, setOpen] = useState(false)
  const [removing, setRemoving] = useState<BenchmarkEvaluation | null>(null)
  const measured = group.evaluations.filter(({ provenance }) => provenance !== null)
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
        measured.map((evaluation) => (
          <Provenance key={evaluation.id} evaluation={evaluation} onRemove={() => setRemoving(evaluation)} />
        ))}
      {removing && <RemoveDialog evaluation={removing} onClose={() => setRemoving(null)} />}
    </Section>
  )
}

function Provenance({
  evaluation: { model, provenance, requestsPerSecond, seconds, finishedAt },
  onRemove,
}: {
  evaluation: BenchmarkEvaluation
  onRemove: () => void
}) {
  if (!provenance) return null
  const name = modelName(model.iteration)
  const remove = words.remove(nameInside(model.iteration))
  return (
    <dl className="bench-facts" aria-label={name}>
      <div className="bench-facts-head">
        <dt>{name}</dt>
        <dd>
          <Tooltip label={remove}>
            <ActionIcon variant="subtle" color="gray" size={24} aria-label={remove} onClick={onRemove}>
              <Icon name="trash" size={14} />
            </ActionIcon>
          </Tooltip>
        </dd>
      </div>
      <Fact name={words.model}>
        <Hash sha256={provenance.modelSha256} />
      </Fact>
      <Fact name={words.profile}>{provenance.profile}</Fact>
      <Fact name={words.data}>
        {Object.entries(provenance.dataSha256).map(([task, sha256]) => (
          <span key={task}>
            {benchmarksStrings.task(task)} <Hash sha256={sha256} />
          </span>
        ))}
      </Fact>
      {Object.entries(provenance.versions).map(([program, version]) => (
        <Fact key={program} name={program}>
          {version}
        </Fact>
      ))}
      <Fact name={words.time}>
        {duration(seconds)}
        {finishedAt !== null && `, ${when(finishedAt)}`}
      </Fact>
      {requestsPerSecond !== null && (
        <Fact name={words.rate}>
          <span title={words.rateTip}>{words.rateOf(fixed(requestsPerSecond, 1))}</span>
        </Fact>
      )}
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
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
