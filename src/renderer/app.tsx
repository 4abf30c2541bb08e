import { Suspense, use, useState } from 'react'
import type { MainClient } from './main-client.ts'
import { NotConnected } from './not-connected.tsx'
import { windowStrings as words } from './strings/window.ts'
import { MainProvider, messageOf } from './use-main.ts'
import { AppWindow } from './window.tsx'

export function App({ connection }: { connection: Promise<MainClient> }) {
  const [outcome] = useState(() =>
    connection.then(
      (client) => ({ client, problem: null }),
      (error: unknown) => ({ client: null, problem: messageOf(error) }),
    ),
  )
  return (
    <Suspense fallback={<p className="center hint">{words.connecting}</p>}>
      <Connected outcome={outcome} />
    </Suspense>
  )
}

function Connected({ outcome }: { outcome: Promise<{ client: MainClient | null; problem: string | null }> }) {
  const { client, problem } = use(outcome)
  if (!client) return <NotConnected problem={problem ?? ''} />
  return (
    <MainProvider value={client}>
      <AppWindow />
    </MainProvider>
  )
}
