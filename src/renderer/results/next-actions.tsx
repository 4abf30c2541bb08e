import { Icon, type IconName } from '../components/icon.tsx'
import { resultsStrings as words } from '../strings/results.ts'

export interface NextActionsProps {
  name: string
  /** One of them is on its way. */
  busy: boolean
  canExport: boolean
  canRollBack: boolean
  canOpenFolder: boolean
  onContinue(): void
  onRollBack(): void
  onExport(): void
  onChat(): void
  onBenchmarks(): void
  onFolder(): void
}

/** What can be done with the model in use. */
export function NextActions(props: NextActionsProps) {
  return (
    <section className="section" aria-label={words.next.title(props.name)}>
      <h2>{words.next.title(props.name)}</h2>
      <Action
        icon="arrow"
        name={words.next.continue}
        hint={words.next.continueHint}
        isOff={props.busy}
        onClick={props.onContinue}
      />
      {props.canRollBack && (
        <Action
          icon="rollback"
          name={words.next.rollBack}
          hint={words.next.rollBackHint}
          isOff={props.busy}
          onClick={props.onRollBack}
        />
      )}
      <Action
        icon="export"
        name={words.next.export}
        hint={words.next.exportHint}
        isOff={!props.canExport}
        onClick={props.onExport}
      />
      <Action
        icon="benchmarks"
        name={words.next.benchmarks}
        hint={words.next.benchmarksHint}
        onClick={props.onBenchmarks}
      />
      <Action icon="chat" name={words.next.chat} hint={words.next.chatHint} onClick={props.onChat} />
      {props.canOpenFolder && (
        <Action
          icon="folder"
          name={words.next.folder}
          hint={words.next.folderHint}
          isOff={props.busy}
          onClick={props.onFolder}
        />
      )}
    </section>
  )
}

function Action({
  icon,
  name,
  hint,
  isOff = false,
  onClick,
}: {
  icon: IconName
  name: string
  hint: string
  isOff?: boolean
  onClick: () => void
}) {
  return (
    <button type="button" className="results-action" disabled={isOff} onClick={onClick}>
      <Icon name={icon} />
      <span>
        {name}
        <span className="hint">{hint}</span>
      </span>
    </button>
  )
}
