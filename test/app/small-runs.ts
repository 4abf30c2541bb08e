import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AppContract } from '../../src/contract/app.ts'
import { LoopPlan } from '../../src/contract/loop.ts'
import type { Client } from '../../src/ipc/client.ts'
import { endProcesses, startServer } from './app-process.ts'
import { connectToHost, untilDone } from './host-client.ts'

const starter = fileURLToPath(new URL('../../resources/starter', import.meta.url))
export const starterModelDir = join(starter, 'model')

/** Three projects with the starter's model on 300 of its rows, made by the app itself. */
export interface SmallRuns {
  /** Where the app is to be started: its record names folders below it. */
  dataDir: string
  /** Two finished runs of one iteration; the second has a smaller beta, and plain SFT beside it. */
  finished: readonly [string, string]
  /** A project whose plan is kept and whose run is not started: some ten seconds of training, saved every five steps. */
  planned: string
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

export async function makeSmallRuns(): Promise<SmallRuns> {
  const root = mkdtempSync(join(tmpdir(), 'spin-studio-runs-'))
  const [dataDir, kept] = [join(root, 'data'), join(root, 'kept')]
  const remove = (): void => rmSync(root, { recursive: true, force: true })
  mkdirSync(dataDir)
  try {
    const made = await makeIn(dataDir, writeStarterRows(join(root, 'puzzles.jsonl'), 300))
    cpSync(dataDir, kept, { recursive: true })
    const restore = (): void => {
      rmSync(dataDir, { recursive: true, force: true })
      cpSync(kept, dataDir, { recursive: true })
    }
    return { dataDir, ...made, restore, remove }
  } catch (error) {
    remove()
    throw error
  }
}

async function makeIn(dataDir: string, rows: string): Promise<Pick<SmallRuns, 'finished' | 'planned'>> {
  const app = await startServer(dataDir)
  try {
    const client = await connectToHost(app.url)
    const makeRun = async (...options: Parameters<typeof planProject>): Promise<string> => {
      const projectId = await planProject(...options)
      const { plan, rowLimit } = await draftOf(client, projectId)
      await client.call('startRun', { projectId, plan, rowLimit })
      await untilDone(client, projectId)
      return projectId
    }
    const planned = await planProject(client, 'Long puzzles', rows, longPlan)
    const first = await makeRun(client, 'Puzzles', rows, (plan) => shortPlan(plan, 0.3, false))
    const second = await makeRun(client, 'Puzzles, colder', rows, (plan) => shortPlan(plan, 0.1, true))
    client.close()
    return { finished: [first, second], planned }
  } finally {
    await endProcesses(app, 'SIGTERM')
  }
}

/** The wizard up to the plan, by the calls that its pages make. */
async function planProject(
  client: Client<AppContract>,
  name: string,
  rows: string,
  change: (quick: LoopPlan) => unknown,
): Promise<string> {
  const { projectId } = await client.call('createProject', { name })
  await client.call('chooseModel', { projectId, modelDir: starterModelDir })
  await client.call('chooseDataset', { projectId, choice: { sources: [rows] } })
  for await (const event of client.stream('importDataset', { projectId }))
    if (event.kind === 'done' && event.trainRows === 0) throw new Error('No row was kept.')
  const { plan } = await client.call('planFor', { projectId, preset: 'quick' })
  await client.call('savePlan', { projectId, plan: LoopPlan.parse(change(plan)), rowLimit: 128 })
  return projectId
}

/** Sixteen steps on few pairs: curves and scores are there, and mean nothing. */
const shortPlan = (plan: LoopPlan, beta: number, compareSft: boolean) => ({
  ...plan,
  preset: 'custom',
  compareSft,
  iterations: plan.iterations.map(({ training, ...rest }) => ({
    ...rest,
    training: { ...training, beta, batchSize: 8, optimizer: { ...training.optimizer, lr: 1e-3 } },
  })),
  evaluation: { ...plan.evaluation, limit: 12, samplesPerPrompt: 2 },
})

const longPlan = (plan: LoopPlan) => ({
  ...plan,
  preset: 'custom',
  iterations: plan.iterations.map(({ training, ...rest }) => ({
    ...rest,
    training: {
      ...training,
      batchSize: 4,
      microBatch: 4,
      checkpointEverySteps: 5,
      schedule: { ...training.schedule, scheduleEpochs: 5, stopEpoch: 5 },
      guards: { ...training.guards, enabled: false, heldOutEverySteps: 0 },
    },
  })),
  evaluation: { ...plan.evaluation, limit: 12 },
})

async function draftOf(client: Client<AppContract>, projectId: string) {
  for await (const { draft } of client.stream('project', { projectId })) return draft
  throw new Error(`Expected project ${projectId}, found none.`)
}
