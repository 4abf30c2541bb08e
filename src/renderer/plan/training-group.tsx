import { useState } from 'react'
import type { TrainingMethod } from '../../contract/presets.ts'
import { whole } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { planStrings as words } from '../strings/plan.ts'
import { MoreToggle } from './more-toggle.tsx'
import { ChoiceField, NumberField, SwitchField } from './plan-fields.tsx'
import { TrainingLength } from './training-length.tsx'
import { methodOf, type PlanEditor } from './use-plan-editor.ts'

/** What is trained and how; what is seldom changed is behind "More". */
export function TrainingGroup({ editor }: { editor: PlanEditor }) {
  const [more, setMore] = useState(false)
  const { training } = editor.document.plan.iterations[0]!
  const { batchSize, microBatch } = training
  const atOnce = Math.min(microBatch, batchSize)
  const { units, options } = words
  return (
    <Section
      title={words.groups.training}
      actions={<MoreToggle of={words.groups.training} isOpen={more} onToggle={setMore} />}
    >
      <ChoiceField
        editor={editor}
        name="method"
        rest="training.adapter"
        options={options.method}
        chosen={methodOf(editor.document)}
        onChoose={(method) => editor.setMethod(method as TrainingMethod)}
      />
      <NumberField
        editor={editor}
        name="batch"
        rest="training.batchSize"
        unit={units.pairs}
        help={
          atOnce > 0 ? words.fieldHelp.batch(whole(atOnce), whole(Math.ceil(batchSize / atOnce))) : undefined
        }
      />
      <TrainingLength editor={editor} />
      <Warmup editor={editor} />
      {more && (
        <>
          {training.adapter && (
            <>
              <NumberField editor={editor} name="rank" rest="training.adapter.rank" />
              <NumberField editor={editor} name="alpha" rest="training.adapter.alpha" />
            </>
          )}
          <NumberField editor={editor} name="microBatch" rest="training.microBatch" unit={units.pairs} />
          <NumberField
            editor={editor}
            name="maxPromptLength"
            rest="training.maxPromptLength"
            unit={units.tokens}
          />
          <ChoiceField
            editor={editor}
            name="schedule"
            rest="training.schedule.kind"
            options={options.schedule}
          />
          <NumberField
            editor={editor}
            name="scheduleEpochs"
            rest="training.schedule.scheduleEpochs"
            unit={units.epochs}
          />
          <ChoiceField
            editor={editor}
            name="optimizer"
            rest="training.optimizer.kind"
            options={options.optimizer}
          />
          <ChoiceField
            editor={editor}
            name="stateBits"
            rest="training.optimizer.stateBits"
            options={options.stateBits}
          />
          <ChoiceField
            editor={editor}
            name="precision"
            rest="training.precision"
            options={options.precision}
          />
          <NumberField editor={editor} name="nllWeight" rest="training.nllWeight" />
          <ChoiceField editor={editor} name="lossType" rest="training.lossType" options={options.lossType} />
          <ChoiceField
            editor={editor}
            name="negatives"
            rest="training.negatives"
            options={options.negatives}
          />
          <SwitchField editor={editor} name="guards" rest="training.guards.enabled" />
          <NumberField
            editor={editor}
            name="heldOutEvery"
            rest="training.guards.heldOutEverySteps"
            unit={units.steps}
          />
          <NumberField
            editor={editor}
            name="checkpointEvery"
            rest="training.checkpointEverySteps"
            unit={units.steps}
          />
          <NumberField
            editor={editor}
            name="keepActivations"
            rest="training.keepActivationsMiB"
            unit={units.mebibytes}
          />
        </>
      )}
    </Section>
  )
}

/** In steps where the plan says steps, else as a share of them. */
function Warmup({ editor }: { editor: PlanEditor }) {
  const { warmupSteps } = editor.document.plan.iterations[0]!.training.schedule
  return warmupSteps === null ? (
    <NumberField
      editor={editor}
      name="warmup"
      rest="training.schedule.warmupRatio"
      scale={100}
      unit={words.units.percentOfSteps}
    />
  ) : (
    <NumberField
      editor={editor}
      name="warmup"
      rest="training.schedule.warmupSteps"
      unit={words.units.steps}
    />
  )
}
