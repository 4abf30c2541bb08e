import { useState } from 'react'
import type { PlanForecast } from '../../contract/app.ts'
import { duration, whole } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { planStrings as words } from '../strings/plan.ts'
import { MoreToggle } from './more-toggle.tsx'
import { ChoiceField, Field, NumberBox, NumberField, SwitchField } from './plan-fields.tsx'
import type { PlanEditor } from './use-plan-editor.ts'

/** How iterations are compared, and when the loop ends. */
export function EvaluationGroup({ editor, forecast }: { editor: PlanEditor; forecast: PlanForecast | null }) {
  const [more, setMore] = useState(false)
  const { score } = editor.document.plan.stopRule
  const sft = forecast?.sft
  return (
    <Section
      title={words.groups.evaluation}
      hint={words.groups.evaluationHint}
      actions={<MoreToggle of={words.groups.evaluation} isOpen={more} onToggle={setMore} />}
    >
      <HeldOutRows editor={editor} />
      <NumberField
        editor={editor}
        name="samples"
        path="plan.evaluation.samplesPerPrompt"
        unit={words.units.answers}
      />
      <ChoiceField editor={editor} name="score" path="plan.stopRule.score" options={words.options.score} />
      {more && (
        <>
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
        </>
      )}
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

/** All of them where the plan sets no limit. */
function HeldOutRows({ editor }: { editor: PlanEditor }) {
  const testRows = editor.check?.facts.testRows ?? null
  const { limit } = editor.document.plan.evaluation
  const problem = editor.problemAt('plan.evaluation.limit')
  return (
    <Field
      name="limit"
      problem={problem}
      help={testRows === null ? undefined : words.fieldHelp.heldOutOf(whole(testRows))}
    >
      {(control) => (
        <NumberBox
          {...control}
          value={limit === 0 ? testRows : typeof limit === 'number' ? limit : null}
          unit={words.units.rows}
          disabled={editor.readOnly}
          invalid={problem !== null}
          onChange={(rows) =>
            editor.set(
              'plan.evaluation.limit',
              rows !== null && testRows !== null && rows >= testRows ? 0 : rows || '',
            )
          }
        />
      )}
    </Field>
  )
}
