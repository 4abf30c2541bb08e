import type { RunView } from '../../contract/app.ts'
import { fixed, scientific, signed, whole } from '../components/numbers.ts'

/** The numbers of the running stage: of training while it trains, of answering and scoring otherwise. */
export function Readouts({ view: { progress, lastStep } }: { view: RunView }) {
  if (!progress) return null
  const training =
    progress.stage === 'finetune' && lastStep?.iteration === progress.iteration ? lastStep : null
  const rows: [string, string, string][] = training
    ? [
        ['Step', whole(training.step), `of ${whole(training.totalSteps)}`],
        ['Loss', fixed(training.loss), 'nats'],
        ['Margin', signed(training.margin, 2), 'nats'],
        ['Accuracy', fixed(training.accuracy * 100, 1), '%'],
        ['Gradient norm', fixed(training.gradNorm), ''],
        ['Learning rate', scientific(training.lr), ''],
        ['Speed', whole(training.tokensPerSecond), 'tokens/s'],
      ]
    : [
        ['Done', whole(progress.done), `of ${whole(progress.total)} ${progress.unit}`],
        [
          'Rate',
          progress.rate === null ? 'measuring…' : fixed(progress.rate, 1),
          progress.rate === null ? '' : `${progress.unit}/s`,
        ],
        [
          'Speed',
          progress.tokensPerSecond === null ? '–' : whole(progress.tokensPerSecond),
          progress.tokensPerSecond === null ? '' : 'tokens/s',
        ],
      ]
  return (
    <dl className="readouts number" style={{ margin: 0 }}>
      {rows.map(([name, value, unit]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value} <span>{unit}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}
