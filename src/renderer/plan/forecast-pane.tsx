import { Tooltip } from '@mantine/core'
import type { PlanForecast, PlanWarning } from '../../contract/app.ts'
import { duration, whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { planStrings as words } from '../strings/plan.ts'
import { unitStrings } from '../strings/units.ts'
import { DiskSection } from './disk-section.tsx'
import { MemorySection } from './memory-section.tsx'
import { TimeBar } from './time-bar.tsx'
import type { ShownForecast } from './use-forecast.ts'
import { PlanWarnings } from './plan-warnings.tsx'
import { useMinute } from './use-minute.ts'
import type { PlanEditor } from './use-plan-editor.ts'

/** What the plan will take, and what speaks against it. */
export function ForecastPane({ editor, shown }: { editor: PlanEditor; shown: ShownForecast }) {
  const { forecast, stale } = shown
  const isInvalid = (editor.check?.problems.length ?? 0) > 0
  const warnings: readonly PlanWarning[] = [
    ...(forecast && !stale ? forecast.warnings : []),
    ...(editor.check?.warnings ?? []),
  ]
  return (
    <>
      <div className={stale ? 'plan-dimmed' : undefined} aria-busy={stale}>
        <TimeSection forecast={forecast} shown={shown} isInvalid={isInvalid} />
        {forecast && <MemorySection memory={forecast.memory} />}
        {forecast && <DiskSection disk={forecast.disk} />}
      </div>
      <PlanWarnings editor={editor} warnings={warnings} />
    </>
  )
}

function TimeSection({
  forecast,
  shown: { stale, waiting, problem },
  isInvalid,
}: {
  forecast: PlanForecast | null
  shown: ShownForecast
  isInvalid: boolean
}) {
  const state = isInvalid
    ? words.forecast.invalid
    : waiting
      ? words.forecast.waiting
      : stale && !problem
        ? words.forecast.measuring
        : words.forecast.updates
  return (
    <Section
      title={words.forecast.title}
      actions={
        <span className="hint" role="status">
          {state}
        </span>
      }
    >
      {problem && <Strip kind="error">{problem}</Strip>}
      {!forecast && !problem && !isInvalid && <p className="secondary">{words.forecast.measuringFirst}</p>}
      {forecast && <Time forecast={forecast} />}
    </Section>
  )
}

function Time({ forecast }: { forecast: PlanForecast }) {
  const { seconds, leastSeconds, mostSeconds, duringRun } = forecast
  const now = useMinute()
  return (
    <>
      <p className="plan-headline number">
        <strong>{duration(seconds)}</strong>{' '}
        <Tooltip label={words.forecast.likelyTip} multiline w={320}>
          <span className="hint" tabIndex={0}>
            {likely(leastSeconds, mostSeconds)}
          </span>
        </Tooltip>
      </p>
      <p className="secondary number plan-done-at">{words.forecast.doneAt(whenDone(seconds, now))}</p>
      <TimeBar forecast={forecast} />
      {duringRun && <p className="hint">{words.forecast.duringRun}</p>}
    </>
  )
}

/** In seconds, where minutes do not tell them apart. */
function likely(leastSeconds: number, mostSeconds: number): string {
  const [least, most] = [duration(leastSeconds), duration(mostSeconds)]
  if (least !== most) return words.forecast.likely(least, most)
  return words.forecast.likely(whole(leastSeconds), unitStrings.seconds(Math.round(mostSeconds)))
}

function whenDone(seconds: number, now: number): string {
  const at = new Date(now + seconds * 1000)
  const clock = at.toLocaleTimeString(unitStrings.dates, { hour: '2-digit', minute: '2-digit' })
  const midnight = new Date(now).setHours(24, 0, 0, 0)
  if (at.getTime() < midnight) return words.forecast.today(clock)
  if (at.getTime() < midnight + 24 * 3_600_000) return words.forecast.tomorrow(clock)
  return words.forecast.onDay(
    clock,
    at.toLocaleDateString(unitStrings.dates, { weekday: 'long', day: 'numeric', month: 'short' }),
  )
}
