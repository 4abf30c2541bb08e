import { windowStrings as words } from './strings/window.ts'

export function NotConnected({ problem }: { problem: string }) {
  return (
    <main className="center">
      <h1>{words.notConnected}</h1>
      <p className="secondary">{words.notConnectedHelp}</p>
      <p className="hint">{problem}</p>
    </main>
  )
}
