import type { PlanForecast } from '../../contract/app.ts'
import { gigabytes } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { planStrings as words } from '../strings/plan.ts'

/** The highest point of each stage on the scale of the machine's memory. */
export function MemorySection({ memory }: { memory: PlanForecast['memory'] }) {
  const { stages, peakBytes, totalBytes, freeBytes } = memory
  const highest = stages.reduce((most, stage) => (stage.peakBytes > most.peakBytes ? stage : most))
  const room = totalBytes - peakBytes
  return (
    <Section
      title={words.memory.title}
      actions={
        <span className="number secondary">
          <strong>{gigabytes(peakBytes)}</strong> {words.memory.of(gigabytes(totalBytes))}
        </span>
      }
    >
      <div
        className={`plan-memory${room < 0 ? ' over' : ''}`}
        role="img"
        aria-label={words.memory.barOf(gigabytes(peakBytes), gigabytes(totalBytes))}
      >
        <div
          className={`plan-stage ${highest.stage}`}
          style={{ width: `${Math.min(100, (100 * peakBytes) / totalBytes)}%` }}
        />
      </div>
      <p className="spread hint number plan-scale">
        <span>{words.memory.zero}</span>
        <span>{room < 0 ? words.memory.over(gigabytes(-room)) : words.memory.left(gigabytes(room))}</span>
        <span>{gigabytes(totalBytes)}</span>
      </p>
      <dl className="plan-lines">
        {stages.map(({ stage, peakBytes: bytes }) => (
          <div key={stage}>
            <dt>
              <span className={`plan-swatch ${stage}`} aria-hidden="true" />
              {words.memory.stages[stage]}
            </dt>
            <dd className="number">{gigabytes(bytes)}</dd>
          </div>
        ))}
      </dl>
      <p className="hint">{words.memory.note(words.memory.stages[highest.stage], gigabytes(freeBytes))}</p>
    </Section>
  )
}
