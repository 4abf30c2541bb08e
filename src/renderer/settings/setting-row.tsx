import type { ReactNode } from 'react'

/** One setting: its name, one sentence, its control; below them why it is off, or what it holds. */
export function SettingRow({
  label,
  about,
  id,
  control,
  children,
}: {
  label: string
  about: string
  /** Of the control, which the name is the label of; without one the control has a name of its own. */
  id?: string
  control?: ReactNode
  children?: ReactNode
}) {
  return (
    <div className="setting" role="group" aria-label={label}>
      <div className="setting-words">
        {id === undefined ? (
          <strong className="setting-label">{label}</strong>
        ) : (
          <label className="setting-label" htmlFor={id}>
            {label}
          </label>
        )}
        <p className="hint" id={id === undefined ? undefined : `${id}-about`}>
          {about}
        </p>
      </div>
      {control && <div className="setting-control">{control}</div>}
      {children && <div className="setting-more">{children}</div>}
    </div>
  )
}
