import { Tooltip } from '@mantine/core'
import type { PlanForecast } from '../../contract/app.ts'
import { gigabytes } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { planStrings as words } from '../strings/plan.ts'

/** What the run writes, and what is kept of it. */
export function DiskSection({ disk }: { disk: PlanForecast['disk'] }) {
  const { models, modelBytes, resumeBytes, answerBytes, bytes, freeBytes } = disk
  return (
    <Section
      title={words.disk.title}
      actions={
        <span className="number secondary">
          <strong>{amount(bytes)}</strong> {words.disk.of(gigabytes(freeBytes))}
        </span>
      }
    >
      <dl className="plan-lines">
        <div>
          <dt>{words.disk.models(models, amount(modelBytes))}</dt>
          <dd className="number">{amount(models * modelBytes)}</dd>
        </div>
        <div>
          <Tooltip label={words.disk.resumeTip} multiline w={280}>
            <dt tabIndex={0}>{words.disk.resume}</dt>
          </Tooltip>
          <dd className="number">{amount(resumeBytes)}</dd>
        </div>
        <div>
          <dt>{words.disk.answers}</dt>
          <dd className="number">{amount(answerBytes)}</dd>
        </div>
      </dl>
      <p className="hint">{words.disk.kept}</p>
    </Section>
  )
}

/** Small files too: 3.6 MB says more than 0.0 GB. */
const amount = (bytes: number): string => (bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : gigabytes(bytes))
