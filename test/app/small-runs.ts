import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AppContract, HomeView } from '../../src/contract/app.ts'
import { LoopPlan } from '../../src/contract/loop.ts'
import type { Client } from '../../src/ipc/client.ts'
import { endProcesses, startServer } from './app-process.ts'
import { connectToHost } from './host-client.ts'

const starter = fileURLToPath(new URL('../../resources/starter', import.meta.url))
export const starterModelDir = join(starter, 'model')

/** Two finished runs of the starter model, one iteration on 32 pairs each; the second has a smaller beta and plain SFT. */
export interface SmallRuns {
  /** Where the app is to be started: its record names folders below it. */
  dataDir: string
  projectIds: readonly [string, string]
  /** Puts everything back as it was made. */
  restore(): void
  remove(): void
}

/** The first rows of the starter dataset, as a file of their own. */
export function writeStarterRows(path: string, rows: number): string {
  const lines = readFileSync(join(starter, 'dataset', 'train.jsonl'), 'utf8').split('\n', rows)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

/** Made by the app itself, through the calls that its pages make. */
export async function makeSmallRuns(): Promise<SmallRuns> {
  const root = mkdtempSync(join(tmpdir(), 'spin-studio-runs-'))
  const [dataDir, kept] = [join(root, 'data'), join(root, 'kept')]
  mkdirSync(dataDir)
  const rows = writeStarterRows(join(root, 'puzzles.jsonl'), 300)
  const app = await startServer(dataDir)
  try {
    const client = await connectToHost(app.url)
    const first = await makeRun(client, { name: 'Puzzles', rows, beta: 0.3, compareSft: false })
    const second = await makeRun(client, { name: 'Puzzles, colder', rows, beta: 0.1, compareSft: true })
    client.close()
    await endProcesses(app, 'SIGTERM')
    cpSync(dataDir, kept, { recursive: true })
    return {
      dataDir,
      projectIds: [first, second],
      restore() {
        rmSync(dataDir, { recursive: true, force: true })
        cpSync(kept, dataDir, { recursive: true })
      },
      remove: () => rmSync(root, { recursive: true, force: true }),
    }
  } catch (error) {
    await endProcesses(app, 'SIGTERM')
    rmSync(root, { recursive: true, force: true })
    throw error
  }
}

interface SmallRun {
  name: string
  rows: string
  beta: number
  compareSft: boolean
}

async function makeRun(client: Client<AppContract>, { name, rows, beta, compareSft }: SmallRun): Promise<string> {
  const { projectId } = await client.call('createProject', { name })
  await client.call('chooseModel', { projectId, modelDir: starterModelDir })
  await client.call('chooseDataset', { projectId, choice: { sources: [rows] } })
  for await (const event of client.stream('importDataset', { projectId }))
    if (event.kind === 'done' && event.trainRows === 0) throw new Error('No row was kept.')
  const { plan } = await client.call('planFor', { projectId, preset: 'quick' })
  await client.call('startRun', { projectId, plan: smaller(plan, { beta, compareSft }), rowLimit: 32 })
  await untilDone(client, projectId)
  return projectId
}

/** A quick look that takes seconds: six steps on few pairs. Its scores mean nothing. */
function smaller(plan: LoopPlan, { beta, compareSft }: Pick<SmallRun, 'beta' | 'compareSft'>): LoopPlan {
  return LoopPlan.parse({
    ...plan,
    preset: 'custom',
    fracLen: 16,
    compareSft,
    iterations: plan.iterations.map((iteration) => ({
      ...iteration,
      training: { ...iteration.training, beta, maxSteps: 6, batchSize: 8 },
    })),
    evaluation: { ...plan.evaluation, limit: 12, samplesPerPrompt: 2 },
  })
}

async function untilDone(client: Client<AppContract>, projectId: string): Promise<void> {
  const runOf = ({ runs }: HomeView) => runs.find((run) => run.projectId === projectId)
  for await (const home of client.stream('home', {})) {
    if (home.startProblem !== null) throw new Error(home.startProblem)
    const run = runOf(home)
    if (run?.state === 'failed') throw new Error(`Run ${run.id} failed: ${run.error}`)
    if (run?.state === 'finished' && home.liveRun === null) return
  }
}
