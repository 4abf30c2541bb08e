import { Section } from '../components/sections.tsx'
import { whole } from '../components/numbers.ts'
import { planStrings as words } from '../strings/plan.ts'
import { ChoiceField, Field, NumberBox, NumberField } from './plan-fields.tsx'
import type { PlanEditor } from './use-plan-editor.ts'

/** How often, on what data. */
export function LoopGroup({ editor }: { editor: PlanEditor }) {
  const { rowLimit } = editor.document
  const trainRows = editor.check?.facts.trainRows ?? null
  return (
    <Section title={words.groups.loop}>
      <Field name="iterations" problem={editor.iterations.problem}>
        {(control) => (
          <NumberBox
            {...control}
            value={editor.iterations.value}
            invalid={editor.iterations.problem !== null}
            disabled={editor.readOnly}
            onChange={editor.setIterations}
          />
        )}
      </Field>
      <TrainOn editor={editor} />
      <Field
        name="rowLimit"
        problem={editor.problemAt('rowLimit')}
        help={trainRows === null ? undefined : words.fieldHelp.rowsOf(whole(trainRows))}
      >
        {(control) => (
          <NumberBox
            {...control}
            value={rowLimit === 0 ? trainRows : typeof rowLimit === 'number' ? rowLimit : null}
            unit={words.units.rows}
            disabled={editor.readOnly}
            invalid={editor.problemAt('rowLimit') !== null}
            onChange={(rows) => editor.set('rowLimit', rows === trainRows ? 0 : rows || '')}
          />
        )}
      </Field>
      <NumberField editor={editor} name="fracLen" path="plan.fracLen" unit={words.units.rows} />
    </Section>
  )
}

function TrainOn({ editor }: { editor: PlanEditor }) {
  const { iterations } = editor.document.plan
  const shares = iterations.map(({ currentFraction, previousFraction }) => [
    currentFraction,
    previousFraction,
  ])
  const is = (previous: number) => shares.every(([own, before]) => own === 1 && before === previous)
  const chosen = is(1) ? 'previous' : is(0) ? 'this' : 'mixed'
  const { mixed, ...named } = words.options.trainOn
  return (
    <ChoiceField
      editor={editor}
      name="trainOn"
      rest="previousFraction"
      options={chosen === 'mixed' ? { ...named, mixed } : named}
      chosen={chosen}
      onChoose={(choice) =>
        editor.setMany(
          iterations.flatMap((_, i) => [
            { path: `plan.iterations.${i}.currentFraction`, value: 1 },
            { path: `plan.iterations.${i}.previousFraction`, value: choice === 'previous' ? 1 : 0 },
          ]),
        )
      }
    />
  )
}
