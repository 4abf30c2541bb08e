import type { PlanForecast } from '../../contract/app.ts'
import { duration, whole } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { planStrings as words } from '../strings/plan.ts'
import { ChoiceField, NumberField, SwitchField } from './plan-fields.tsx'
import type { PlanEditor } from './use-plan-editor.ts'

/** How iterations are compared, and when the loop ends. */
export function EvaluationGroup({ editor, forecast }: { editor: PlanEditor; forecast: PlanForecast | null }) {
  const testRows = editor.check?.facts.testRows
  const { score } = editor.document.plan.stopRule
  const sft = forecast?.sft
  return (
    <Section title={words.groups.evaluation} hint={words.groups.evaluationHint}>
      <NumberField
        editor={editor}
        name="limit"
        path="plan.evaluation.limit"
        unit={words.units.rows}
        help={testRows === undefined ? undefined : words.fieldHelp.heldOutOf(whole(testRows))}
      />
      <NumberField
        editor={editor}
        name="samples"
        path="plan.evaluation.samplesPerPrompt"
        unit={words.units.answers}
      />
      <ChoiceField editor={editor} name="score" path="plan.stopRule.score" options={words.options.score} />
      <NumberField
        editor={editor}
        name="patience"
        path="plan.stopRule.patience"
        unit={words.units.iterations}
      />
      <NumberField
        editor={editor}
        name="minDelta"
        path="plan.stopRule.minDelta"
        scale={score === 'nll' ? 1 : 100}
        unit={score === 'nll' ? words.units.natsPerToken : words.units.points}
      />
      <hr className="plan-rule" />
      <SwitchField
        editor={editor}
        name="compareSft"
        path="plan.compareSft"
        help={sft ? words.fieldHelp.sft(duration((sft.train ?? 0) + (sft.evaluate ?? 0))) : undefined}
      />
    </Section>
  )
}
