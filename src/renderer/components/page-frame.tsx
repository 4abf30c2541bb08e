import { Button } from '@mantine/core'
import { useEffect, type CSSProperties, type ReactNode } from 'react'
import { keysOfCommand } from '../commands/shown-keys.ts'
import { usePrimaryAction } from '../navigation.tsx'
import { windowStrings } from '../strings/window.ts'
import type { IconName } from './icon.tsx'
import { Icon } from './icon.tsx'

export interface Primary {
  /** Names the outcome: "Continue to plan", "Start run 12". */
  words: string
  icon?: IconName
  /** Why it can't be done now; the button is then off and says so. */
  blocked?: string | null
  busy?: boolean
  run(): void
}

/**
 * The frame of every page: head with the one primary action (Ctrl Enter), the wide pane, and beside it consequence or detail.
 * The panes are landmarks that F6 goes through.
 */
export function PageFrame({
  title,
  subtitle,
  tag,
  actions,
  primary,
  top,
  right,
  rightWidth = 304,
  rightName,
  children,
}: {
  title: string
  subtitle?: ReactNode
  tag?: ReactNode
  actions?: ReactNode
  primary?: Primary | null
  /** Between head and panes, over their whole width. */
  top?: ReactNode
  right?: ReactNode
  rightWidth?: number
  rightName?: string
  children: ReactNode
}) {
  return (
    <main className="page" aria-label={title}>
      <div className="page-head">
        <div className="page-title">
          <div className="row">
            <h1>{title}</h1>
            {tag}
          </div>
          {subtitle && <p className="hint">{subtitle}</p>}
        </div>
        <div className="row">
          {actions}
          {primary && <PrimaryButton primary={primary} />}
        </div>
      </div>
      {top && <div className="page-top">{top}</div>}
      {right === undefined || right === null ? (
        <section className="pane" tabIndex={0} data-pane aria-label={title}>
          {children}
        </section>
      ) : (
        <div className="panes" style={{ '--right': `${rightWidth}px` } as CSSProperties}>
          <section className="pane" tabIndex={0} data-pane aria-label={title}>
            {children}
          </section>
          <aside className="pane side" tabIndex={0} data-pane aria-label={rightName ?? windowStrings.details}>
            {right}
          </aside>
        </div>
      )}
    </main>
  )
}

/** In the head of a page; where a strip says what to do, in the strip instead. One a page: Ctrl Enter does the same. */
export function PrimaryButton({ primary }: { primary: Primary }) {
  const { words, icon, blocked, busy, run } = primary
  usePrimary(primary)
  return (
    <>
      {blocked && <span className="hint blocked">{blocked}</span>}
      <Button
        onClick={run}
        disabled={Boolean(blocked)}
        loading={busy ?? false}
        leftSection={icon && icon !== 'arrow' ? <Icon name={icon} /> : undefined}
        rightSection={icon === 'arrow' ? <Icon name={icon} /> : undefined}
        title={keysOfCommand('primary-action')}
      >
        {words}
      </Button>
    </>
  )
}

function usePrimary(primary: Primary): void {
  const slotRef = usePrimaryAction()
  useEffect(() => {
    const act = primary.blocked || primary.busy ? null : primary.run
    slotRef.current = act
    return () => {
      if (slotRef.current === act) slotRef.current = null
    }
  }, [slotRef, primary])
}
