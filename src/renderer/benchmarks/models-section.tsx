import { Checkbox } from '@mantine/core'
import type { BenchmarksView } from '../../contract/app/benchmarks.ts'
import { modelFolderName } from '../components/last-name.ts'
import { Section } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { isMeasured } from './measure-choice.ts'
import { baseIteration, modelName } from './model-names.ts'
import type { Measure } from './use-measure.ts'

const words = benchmarksStrings.measure

/** Base, plain SFT and every iteration of the run. */
export function ModelsSection({ view, measure }: { view: BenchmarksView; measure: Measure }) {
  const toggle = (iteration: number, isOn: boolean): void =>
    measure.set({
      models: isOn ? [...measure.models, iteration] : measure.models.filter((chosen) => chosen !== iteration),
    })
  return (
    <Section title={words.models} hint={words.modelsHint}>
      <ul className="bench-models">
        {view.models.map((model) => (
          <li key={model.iteration} title={model.dir}>
            <Checkbox
              size="xs"
              label={modelName(model.iteration)}
              description={about(view, measure, model)}
              checked={measure.models.includes(model.iteration)}
              disabled={!model.exists}
              onChange={({ currentTarget }) => toggle(model.iteration, currentTarget.checked)}
            />
          </li>
        ))}
      </ul>
    </Section>
  )
}

function about(
  { evaluations }: BenchmarksView,
  { asked }: Measure,
  { iteration, exists, dir }: BenchmarksView['models'][number],
): string | undefined {
  if (!exists) return words.gone
  if (isMeasured(evaluations, iteration, asked)) return words.measured
  return iteration === baseIteration ? modelFolderName(dir) : undefined
}
