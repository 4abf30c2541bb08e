import type { PlanForecast } from '../../contract/app.ts'
import { fileSize, gigabytes } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { planStrings as words } from '../strings/plan.ts'

type Memory = PlanForecast['memory']

/** The highest point of each stage on the scale of the machine's memory, and on that of a device that has its own. */
export function MemorySection({ memory }: { memory: Memory }) {
  const { stages, peakBytes, totalBytes, freeBytes, device } = memory
  return (
    <>
      <Scale
        title={device ? words.memory.ofMachine : words.memory.title}
        stages={stages}
        peakBytes={peakBytes}
        totalBytes={totalBytes}
        amount={gigabytes}
        note={(stage) => words.memory.note(stage, gigabytes(freeBytes))}
      />
      {device && (
        <Scale
          title={words.memory.ofDevice}
          device={device.name}
          stages={device.stages}
          peakBytes={device.peakBytes}
          totalBytes={device.totalBytes}
          amount={fileSize}
          note={(stage) => words.memory.deviceNote(stage, device.totalBytes !== null)}
        />
      )}
    </>
  )
}

function Scale({
  title,
  device = null,
  stages,
  peakBytes,
  totalBytes,
  amount,
  note,
}: {
  title: string
  /** Its name, where it is not the machine. */
  device?: string | null
  stages: Memory['stages']
  peakBytes: number
  /** null = nobody knows. */
  totalBytes: number | null
  /** What is counted of a small model is megabytes; a process is never. */
  amount: (bytes: number) => string
  note: (stage: string) => string
}) {
  const highest = stages.reduce((most, stage) => (stage.peakBytes > most.peakBytes ? stage : most))
  const room = totalBytes === null ? null : totalBytes - peakBytes
  return (
    <Section
      title={title}
      actions={
        <span className="number secondary">
          <strong>{amount(peakBytes)}</strong> {totalBytes !== null && words.memory.of(gigabytes(totalBytes))}
        </span>
      }
    >
      {device !== null && <p className="hint">{device}</p>}
      {totalBytes !== null && room !== null && (
        <>
          <div
            className={`plan-memory${room < 0 ? ' over' : ''}`}
            role="img"
            aria-label={words.memory.barOf(amount(peakBytes), gigabytes(totalBytes))}
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
        </>
      )}
      <dl className="plan-lines">
        {stages.map(({ stage, peakBytes: bytes }) => (
          <div key={stage}>
            <dt>
              <span className={`plan-swatch ${stage}`} aria-hidden="true" />
              {words.memory.stages[stage]}
            </dt>
            <dd className="number">{amount(bytes)}</dd>
          </div>
        ))}
      </dl>
      <p className="hint">{note(words.memory.stages[highest.stage])}</p>
    </Section>
  )
}
