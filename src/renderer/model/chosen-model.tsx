import { Button } from '@mantine/core'
import type { ModelCard } from '../../contract/engine.ts'
import { Icon } from '../components/icon.tsx'
import { modelFolderName } from '../components/last-name.ts'
import { fileSize } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { modelStrings as words } from '../strings/model.ts'
import { useCall, type Loaded } from '../use-main.ts'
import { MachineFit } from './machine-fit.tsx'
import { ModelFacts } from './model-facts.tsx'

/** The chosen folder, what it holds, what to know of it, and whether this machine can train it. */
export function ChosenModel({
  modelDir,
  card,
  onReplace,
}: {
  modelDir: string
  card: Loaded<ModelCard>
  /** null = it stays. */
  onReplace: (() => void) | null
}) {
  const { value: model, problem } = card
  const { value: disk } = useCall('modelDisk', { dirs: [modelDir] })
  const isGone = disk?.sizes.find(({ dir }) => dir === modelDir)?.bytes === null
  const name = modelFolderName(modelDir)
  return (
    <>
      <section className="section model-strip" aria-label={name}>
        <span className="file-icon">
          <Icon name="models" />
        </span>
        <div className="words">
          <div className="row">
            <span className="file-name">{name}</span>
            {model && (
              <span className="tag">
                <Icon name="check" size={10} /> {words.families[model.family] ?? model.family}
              </span>
            )}
          </div>
          <p className="hint" title={modelDir}>
            {model ? `${fileSize(model.bytes)}, ` : ''}
            {modelDir}
            {onReplace ? `. ${words.dropAnywhere}` : ''}
          </p>
        </div>
        {onReplace && (
          <Button variant="default" leftSection={<Icon name="replace" />} onClick={onReplace}>
            {words.replace}
          </Button>
        )}
      </section>
      {isGone && (
        <Section name={words.missing}>
          <Strip kind="warning">{words.gone(modelDir)}</Strip>
        </Section>
      )}
      {model ? <Described model={model} /> : !isGone && <NotKnown problem={problem} />}
    </>
  )
}

function NotKnown({ problem }: { problem: string | null }) {
  return (
    <Section name={words.card}>
      {problem ? (
        <Strip kind="error">{problem}</Strip>
      ) : (
        <p className="hint" role="status">
          {words.inspectingWhat(null)}
        </p>
      )}
    </Section>
  )
}

function Described({ model }: { model: ModelCard }) {
  return (
    <>
      <ModelFacts model={model} />
      {model.warnings.length > 0 && (
        <Section title={words.warnings}>
          {model.warnings.map((warning) => (
            <Strip key={warning} kind="warning">
              {warning}
            </Strip>
          ))}
        </Section>
      )}
      <MachineFit parameters={model.parameters} />
    </>
  )
}
