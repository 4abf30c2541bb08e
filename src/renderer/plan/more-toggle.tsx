import { planStrings as words } from '../strings/plan.ts'

/** Shows what is seldom changed. */
export function MoreToggle({
  of,
  isOpen,
  onToggle,
}: {
  of: string
  isOpen: boolean
  onToggle: (isOpen: boolean) => void
}) {
  const label = isOpen ? words.groups.less : words.groups.more
  return (
    <button
      type="button"
      className="link plan-link"
      aria-expanded={isOpen}
      aria-label={words.groups.toggle(label, of)}
      onClick={() => onToggle(!isOpen)}
    >
      {label}
    </button>
  )
}
