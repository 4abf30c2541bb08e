import { gzipSync } from 'node:zlib'
import type { Preferences } from '../../contract/app/preferences.ts'
import { LoopSetup } from '../../contract/project.ts'
import type { MachineCard } from '../../contract/app/machine.ts'
import type { Store } from '../store/store.ts'
import type { NvidiaAnswer } from '../machine/nvidia-smi.ts'
import type { CrashReport } from './crash-reports.ts'
import { logShape } from './log-shapes.ts'

export interface DiagnosticsSource {
  versions: Readonly<Record<string, string>>
  host: 'desktop' | 'browser'
  machine: MachineCard
  cards: NvidiaAnswer
  preferences: Preferences
  crashes: readonly CrashReport[]
  /** Oldest first. */
  engineLog: readonly string[]
  store: Store
}

const logLines = 200

/**
 * What helps to find a fault, as JSON: numbers, codes, versions and settings. It is composed of what is known to be
 * harmless instead of being cleaned: no path, name, prompt, answer or message of an error is read into it.
 */
export function describeForDiagnosis(source: DiagnosticsSource): object {
  const { dataDir: _dir, ...machine } = source.machine
  const { projectsDir, benchmarkDataDir, planPresets, ...preferences } = source.preferences
  return {
    about:
      'Diagnostics of SPIN Studio. Without names, texts and paths; look at it before you send it to anyone.',
    madeAt: new Date().toISOString(),
    host: source.host,
    versions: source.versions,
    machine,
    graphics:
      source.cards.kind === 'cards'
        ? { kind: 'cards', cards: source.cards.cards }
        : { kind: source.cards.kind },
    preferences: {
      ...preferences,
      projectsDir: projectsDir === null ? 'default' : '<path>',
      benchmarkDataDir: benchmarkDataDir === null ? 'none' : '<path>',
      planPresets: planPresets.length,
    },
    record: { version: source.store.version, projects: source.store.projectPage(10_000).length },
    lastRun: describeLastRun(source.store),
    crashes: source.crashes,
    engineLog: source.engineLog.slice(-logLines).map(logShape),
  }
}

/** @returns the gzipped JSON document. */
export function diagnosticsBundle(source: DiagnosticsSource): Uint8Array<ArrayBuffer> {
  const json = JSON.stringify(describeForDiagnosis(source), null, 2)
  return new Uint8Array(gzipSync(json))
}

function describeLastRun(store: Store): object | null {
  const [run] = store.runPage(1)
  if (!run) return null
  const setup = LoopSetup.safeParse(JSON.parse(run.setup))
  return {
    state: run.state,
    errorCode: run.errorCode,
    bestIteration: run.bestIteration,
    createdAt: new Date(run.createdAt).toISOString(),
    hours: run.finishedAt && run.startedAt ? (run.finishedAt - run.startedAt) / 3_600_000 : null,
    dataset: store.datasets(run.projectId).map(({ trainRows, testRows }) => ({ trainRows, testRows })),
    plan: setup.success ? numbersOnly(setup.data.plan) : null,
    stages: store.stages(run.id).map(({ iteration, name, state, attempts, seconds, errorCode }) => ({
      iteration,
      name,
      state,
      attempts,
      seconds,
      errorCode,
    })),
    eventLevels: countLevels(store, run.id),
  }
}

function countLevels(store: Store, runId: number): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { level } of store.eventPage(runId, 10_000)) counts[level] = (counts[level] ?? 0) + 1
  return counts
}

/** A plan's numbers and switches; its strings are left out, since some are a person's own (stop strings, system prompts). */
function numbersOnly(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  if (Array.isArray(value)) return value.map(numbersOnly)
  if (typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) => {
        const kept = numbersOnly(inner)
        return kept === undefined ? [] : [[key, kept]]
      }),
    )
  return undefined
}
