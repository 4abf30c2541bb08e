import type { PlanWarning } from '../../contract/app.ts'
import { Section, Strip } from '../components/sections.tsx'
import { planStrings as words } from '../strings/plan.ts'
import type { PlanEditor } from './use-plan-editor.ts'

/** What a measurement or a source speaks against, each with its way out. */
export function PlanWarnings({ editor, warnings }: { editor: PlanEditor; warnings: readonly PlanWarning[] }) {
  if (warnings.length === 0) return null
  return (
    <Section name={words.warnings.title}>
      {warnings.map(({ path, title, message, fix }) => (
        <Strip key={`${path} ${title}`} kind="warning">
          <strong>{title}</strong> {message}{' '}
          {fix && !editor.readOnly && (
            <button type="button" className="link plan-fix" onClick={() => editor.setMany(fix.patch)}>
              {fix.words}
            </button>
          )}
        </Strip>
      ))}
    </Section>
  )
}
