import { Suspense, use, useEffect, useState } from 'react'
import { reconnect, type Connection } from './connection.ts'
import { LostConnection } from './lost-connection.tsx'
import { NotConnected } from './not-connected.tsx'
import { Notices } from './notices/notices.tsx'
import { windowStrings as words } from './strings/window.ts'
import { MainProvider, messageOf } from './use-main.ts'
import { AppWindow } from './window.tsx'

interface Outcome {
  connection: Connection | null
  problem: string
}

export function App({ connection }: { connection: Promise<Connection> }) {
  const [outcome] = useState(() =>
    connection.then(
      (made): Outcome => ({ connection: made, problem: '' }),
      (error: unknown): Outcome => ({ connection: null, problem: messageOf(error) }),
    ),
  )
  return (
    <Suspense fallback={<p className="center hint">{words.connecting}</p>}>
      <FirstConnection outcome={outcome} />
    </Suspense>
  )
}

function FirstConnection({ outcome }: { outcome: Promise<Outcome> }) {
  const { connection, problem } = use(outcome)
  return connection ? <Connected first={connection} /> : <NotConnected problem={problem} />
}

/** The window on the newest connection. When it is lost, what was shown stays, under a strip and out of reach. */
function Connected({ first }: { first: Connection }) {
  const [connection, setConnection] = useState(first)
  const [lost, setLost] = useState<'no' | 'trying' | 'restarted'>('no')
  useEffect(() => {
    const ending = new AbortController()
    async function watch(): Promise<void> {
      await connection.lost
      if (ending.signal.aborted) return
      setLost('trying')
      if (window.desktop) return
      const next = await reconnect(ending.signal)
      if (next) setConnection(next)
      setLost(next ? 'no' : 'restarted')
    }
    watch().catch((error: unknown) => {
      if (!ending.signal.aborted) throw error
    })
    return () => ending.abort()
  }, [connection])
  return (
    <MainProvider value={connection.client}>
      {lost !== 'no' && <LostConnection isRestarted={lost === 'restarted'} />}
      <div className="connected" inert={lost !== 'no'}>
        <Notices>
          <AppWindow isLost={lost !== 'no'} />
        </Notices>
      </div>
    </MainProvider>
  )
}
