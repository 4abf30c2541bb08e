import type { MachineCheck } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { homeStrings } from '../strings/home.ts'

const words = homeStrings.machine

export function CheckRow({ check: { label, state, value, detail } }: { check: MachineCheck }) {
  return (
    <div className={state}>
      <dt title={words.states[state]}>
        <StateIcon state={state} />
        <span className="visually-hidden">{words.states[state]}: </span>
        {label}
      </dt>
      <dd className="value">{value}</dd>
      <dd className="detail">{detail}</dd>
    </div>
  )
}

function StateIcon({ state }: { state: MachineCheck['state'] }) {
  if (state === 'warning' || state === 'problem') return <Icon name="warning" />
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={state === 'running' ? 'icon pulse' : 'icon'}
    >
      <circle cx="8" cy="8" r="6" strokeDasharray={state === 'running' ? '2 3' : undefined} />
      {state === 'ok' && <path d="M5.4 8.2l1.9 1.9 3.4-3.9" />}
    </svg>
  )
}
