import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'

/** A part of a pane, under a hairline. */
export function Section({
  title,
  hint,
  actions,
  name,
  children,
}: {
  title?: string
  hint?: ReactNode
  actions?: ReactNode
  name?: string
  children: ReactNode
}) {
  return (
    <section className="section" aria-label={name ?? title}>
      {(title || actions) && (
        <div className="spread section-head">
          <h2>
            {title} {hint && <span className="hint">{hint}</span>}
          </h2>
          {actions}
        </div>
      )}
      {children}
    </section>
  )
}

/** One tinted strip: what happened, what is safe, what to do. */
export function Strip({
  kind,
  children,
  actions,
}: {
  kind: 'error' | 'warning' | 'info'
  children: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className={`strip ${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      {kind !== 'info' && <Icon name="warning" />}
      <div className="strip-words">{children}</div>
      {actions}
    </div>
  )
}

/** An empty page: what will be here and what brings it. */
export function EmptyState({
  title,
  children,
  action,
}: {
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="center">
      <h2>{title}</h2>
      {children && <p className="secondary">{children}</p>}
      {action && <div>{action}</div>}
    </div>
  )
}
