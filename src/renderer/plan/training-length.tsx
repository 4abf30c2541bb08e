import { planStrings as words } from '../strings/plan.ts'
import { Field, NumberBox } from './plan-fields.tsx'
import type { PlanEditor } from './use-plan-editor.ts'

/** The longest row; the prompt's part goes with it while it is half, the official proportion. */
export function TrainingLength({ editor }: { editor: PlanEditor }) {
  const { iterations } = editor.document.plan
  const { maxLength, maxPromptLength } = iterations[0]!.training
  const problem = editor.problemAt('plan.iterations.*.training.maxLength')
  const isHalf = maxPromptLength === Math.max(4, Math.floor(maxLength / 2))
  function change(length: number | null): void {
    editor.setMany(
      iterations.flatMap((_, i) => [
        { path: `plan.iterations.${i}.training.maxLength`, value: length ?? '' },
        ...(isHalf && length !== null
          ? [
              {
                path: `plan.iterations.${i}.training.maxPromptLength`,
                value: Math.max(4, Math.floor(length / 2)),
              },
            ]
          : []),
      ]),
    )
  }
  return (
    <Field name="maxLength" problem={problem}>
      {(control) => (
        <NumberBox
          {...control}
          value={typeof maxLength === 'number' ? maxLength : null}
          unit={words.units.tokens}
          disabled={editor.readOnly}
          invalid={problem !== null}
          warned={editor.isWarned('plan.iterations.*.training.maxLength')}
          onChange={change}
        />
      )}
    </Field>
  )
}
