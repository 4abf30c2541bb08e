import { join } from 'node:path'
import type { App } from './app.ts'
import { createBenchmarkQueue, type BenchmarkQueue } from './benchmarks/benchmark-queue.ts'
import { createChangeBell, type ChangeBell } from './change-bell.ts'
import { openUploads, type UploadFolder } from './datasets/upload-folder.ts'
import { openCrashReports, type CrashReports } from './diagnostics/crash-reports.ts'
import { browserHost, type HostServices } from './host-services.ts'
import { createCommandChannel, type CommandChannel } from './host/command-channel.ts'
import { createJudgings, type Judgings } from './judge/judgings.ts'
import { keptStarter } from './kept-starter.ts'
import { describeMachine } from './machine.ts'
import { createTelemetry, type TelemetrySource } from './machine/telemetry.ts'
import { openPreferences, type PreferenceStore } from './preferences/preferences.ts'
import { createProjects, type Projects } from './projects/projects.ts'
import { createRunBoard, type RunBoard } from './runs/run-board.ts'

/** What the handlers of every slice share: one of each for all windows. */
export interface Services {
  app: App
  dataDir: string
  /** Where new projects are made: of the preferences, else below the data folder. */
  projectsDir(): string
  bell: ChangeBell
  board: RunBoard
  projects: Projects
  judgings: Judgings
  uploads: UploadFolder
  benchmarks: BenchmarkQueue
  /** The bundled model and rows, at a path that stays. */
  starterDir: string
  host: HostServices
  /** Of this process and its host: spin-studio, node, electron, chromium. */
  versions: Readonly<Record<string, string>>
  commands: CommandChannel
  preferences: PreferenceStore
  crashes: CrashReports
  telemetry: TelemetrySource
}

export const defaultProjectsDir = (dataDir: string): string => join(dataDir, 'projects')

export function createServices(app: App, dataDir: string, host: HostServices = browserHost): Services {
  const bell = createChangeBell()
  const preferences = openPreferences(dataDir, bell)
  const projectsDir = (): string => preferences.get().projectsDir ?? defaultProjectsDir(dataDir)
  const versions = { ...describeMachine(dataDir).versions, ...host.versions }
  const crashes = openCrashReports({ dataDir, versions, isOn: () => preferences.get().keepCrashReports })
  const telemetry = createTelemetry({ diskOf: () => dataDir })
  const board = createRunBoard(app, bell)
  const projects = createProjects({
    store: app.store,
    inspector: app.inspector,
    projectsDir,
    bell,
    liveRun: () => board.live()?.runId ?? null,
    liveDir: () => board.liveDir(),
  })
  const { store, evaluator } = app
  const judgings = createJudgings({ store, evaluator, bell, board })
  app.onDispose(() => judgings.close())
  const benchmarks = createBenchmarkQueue({ store, evaluator, bell, board, projects })
  app.onDispose(() => benchmarks.close())
  benchmarks.pump() // what waited when the program ended
  return {
    app,
    dataDir,
    projectsDir,
    bell,
    board,
    projects,
    judgings,
    uploads: openUploads(join(dataDir, 'uploads'), app.store),
    benchmarks,
    starterDir: keptStarter(dataDir),
    host,
    versions,
    commands: createCommandChannel(),
    preferences,
    crashes,
    telemetry,
  }
}
