import { use, useState, Suspense } from 'react'
import type { HomeView } from '../contract/app.ts'
import { Sidebar } from './components/sidebar.tsx'
import { StatusBar } from './components/status-bar.tsx'
import type { MainClient } from './connection.ts'
import { HomePage } from './home/home-page.tsx'
import { RunPage } from './runs/run-page.tsx'
import { MainProvider, messageOf, useStream } from './use-main.ts'
import mark from './mark.svg'

export function App({ connection }: { connection: Promise<MainClient> }) {
  const [outcome] = useState(() =>
    connection.then(
      (client) => ({ client, problem: null }),
      (error: unknown) => ({ client: null, problem: messageOf(error) }),
    ),
  )
  return (
    <Suspense fallback={<p className="center hint">Connecting…</p>}>
      <Connected outcome={outcome} />
    </Suspense>
  )
}

function Connected({ outcome }: { outcome: Promise<{ client: MainClient | null; problem: string | null }> }) {
  const { client, problem } = use(outcome)
  if (!client) return <NoConnection problem={problem ?? ''} />
  return (
    <MainProvider value={client}>
      <Window />
    </MainProvider>
  )
}

function NoConnection({ problem }: { problem: string }) {
  return (
    <main className="center">
      <h1>Not connected</h1>
      <p className="secondary">
        The program did not accept this page. Open it by the full address that the terminal printed; each
        start has a new one.
      </p>
      <p className="hint">{problem}</p>
    </main>
  )
}

const newest = (_before: HomeView | null, event: HomeView): HomeView => event

function Window() {
  const { value: home, problem } = useStream('home', {}, newest)
  const [openRun, setOpenRun] = useState<number | null>(null)
  const run = home?.runs.find(({ id }) => id === openRun) ?? null
  if (problem) return <NoConnection problem={problem} />
  return (
    <div className="window">
      <header className="title-bar">
        <span className="brand row">
          <img src={mark} width={16} height={16} alt="" />
          SPIN Studio
        </span>
        {run && (
          <span className="trail">
            {run.project} › Run {run.id}
          </span>
        )}
      </header>
      <Sidebar runs={home?.runs ?? []} openRun={openRun} onOpen={setOpenRun} />
      {openRun === null ? (
        <HomePage home={home} onOpen={setOpenRun} />
      ) : (
        <RunPage key={openRun} runId={openRun} />
      )}
      <StatusBar home={home} onOpen={setOpenRun} />
    </div>
  )
}
