import { useState } from 'react'
import { Section } from '../components/sections.tsx'
import { MoreToggle } from './more-toggle.tsx'
import { planStrings as words } from '../strings/plan.ts'
import { Field, NumberBox, NumberField } from './plan-fields.tsx'
import type { PlanEditor } from './use-plan-editor.ts'

/** How the opponent answers. */
export function AnswersGroup({ editor }: { editor: PlanEditor }) {
  const [more, setMore] = useState(false)
  const capped = editor.check?.cappedAnswers
  const fit = capped === undefined ? undefined : `${Math.round((1 - capped) * 100)}%`
  return (
    <Section
      title={words.groups.answers}
      hint={words.groups.answersHint}
      actions={<MoreToggle of={words.groups.answers} isOpen={more} onToggle={setMore} />}
    >
      <AnswerLimit editor={editor} help={fit && words.fieldHelp.answersFit(fit)} />
      <NumberField editor={editor} name="temperature" rest="generation.temperature" />
      <NumberField
        editor={editor}
        name="generationBatch"
        rest="generation.batchSize"
        unit={words.units.prompts}
      />
      {more && (
        <>
          <NumberField editor={editor} name="topK" rest="generation.topK" />
          <NumberField editor={editor} name="topP" rest="generation.topP" />
        </>
      )}
    </Section>
  )
}

/** Held-out answers have the same limit for as long as the two are equal. */
function AnswerLimit({ editor, help }: { editor: PlanEditor; help: string | undefined }) {
  const { iterations, evaluation } = editor.document.plan
  const { maxNewTokens } = iterations[0]!.generation
  const at = 'plan.iterations.*.generation.maxNewTokens'
  const problem = editor.problemAt(at)
  const inStep = evaluation.maxNewTokens === maxNewTokens
  return (
    <Field name="maxNewTokens" help={help} problem={problem}>
      {(control) => (
        <NumberBox
          {...control}
          value={typeof maxNewTokens === 'number' ? maxNewTokens : null}
          unit={words.units.tokens}
          disabled={editor.readOnly}
          invalid={problem !== null}
          warned={editor.isWarned(at)}
          onChange={(tokens) =>
            editor.setMany([
              ...iterations.map((_, i) => ({
                path: `plan.iterations.${i}.generation.maxNewTokens`,
                value: tokens ?? '',
              })),
              ...(inStep ? [{ path: 'plan.evaluation.maxNewTokens', value: tokens ?? '' }] : []),
            ])
          }
        />
      )}
    </Field>
  )
}
