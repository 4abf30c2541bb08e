import { realpathSync } from 'node:fs'
import { AppError } from '../../contract/errors.ts'
import { engineDevices } from '../engines/engine-device.ts'
import { createEnginePool, type EnginePool } from '../engines/engine-pool.ts'
import { poolAccess } from '../engines/pool-access.ts'
import type { EngineAccess } from '../loop/engine-access.ts'
import type { Command, CommandContext } from './command.ts'
import { doctorCommand } from './doctor-command.ts'
import { evaluateCommand } from './evaluate-command.ts'
import { exportCommand } from './export-command.ts'
import { finetuneCommand } from './finetune-command.ts'
import { gatherCommand } from './gather-command.ts'
import { generateCommand } from './generate-command.ts'
import { commandHelp, overviewText } from './help-text.ts'
import { createProgressDisplay, type DisplayStream } from './progress-display.ts'
import { reformatCommand } from './reformat-command.ts'
import { runCommand } from './run-command.ts'
import { serveCommand } from './serve-command.ts'
import { setupCudaCommand } from './setup-cuda-command.ts'
import { judgeCommand } from './judge-command.ts'
import { listenForStop, type StopRequest } from './stop-request.ts'
import { nearestName, UsageError } from './usage-error.ts'

export const commands: readonly Command[] = [
  reformatCommand,
  generateCommand,
  gatherCommand,
  finetuneCommand,
  evaluateCommand,
  judgeCommand,
  exportCommand,
  runCommand,
  serveCommand,
  doctorCommand,
  setupCudaCommand,
]

export interface TerminalStreams {
  out: DisplayStream
  error: DisplayStream
}

/** Runs one command line; returns the exit code: 0 done, 1 expected failure, 2 wrong command line, 130 Ctrl-C. */
export async function runTerminal(argv: readonly string[], streams: TerminalStreams): Promise<number> {
  const [name, ...rest] = argv
  const wantsHelp = rest.includes('--help') || rest.includes('-h')
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    streams.out.write(`${overviewText(commands)}\n`)
    return name === undefined ? 2 : 0
  }
  const command = commands.find((candidate) => candidate.name === name)
  if (!command) {
    const nearest = nearestName(
      name,
      commands.map((candidate) => candidate.name),
    )
    streams.error.write(
      `${name} is not a command. ${nearest ? `Did you mean ${nearest}?` : 'spin-studio --help lists them.'}\n`,
    )
    return 2
  }
  const action = command.actions?.find((candidate) => candidate.name === `${command.name} ${rest[0]}`)
  if (wantsHelp) {
    streams.out.write(`${commandHelp(action ?? command)}\n`)
    return 0
  }
  if (!command.actions) return await runCommandLine(command, rest, streams)
  if (action) return await runCommandLine(action, rest.slice(1), streams)
  const names = command.actions.map((candidate) => candidate.name.slice(command.name.length + 1))
  const asked = rest[0] === undefined ? 'needs an action' : `does not know ${rest[0]}`
  return reportFailure(new UsageError(`${name} ${asked}: ${names.join(', ')}.`, name), streams.error)
}

async function runCommandLine(
  command: Command,
  argv: readonly string[],
  streams: TerminalStreams,
): Promise<number> {
  const display = createProgressDisplay(streams.out)
  const ends: (() => Promise<void> | void)[] = []
  const engineEnv: Record<string, string> = {}
  const devices: string[] = []
  let pool: EnginePool | null = null
  let access: EngineAccess | null = null
  ends.push(() => pool?.stop())
  const stop = listenForStop({
    onStop: () => display.line('stopping after the current step; Ctrl-C again ends at once'),
    onForce: () => void pool?.kill(),
  })
  const engineLogs = () => pool?.engines().map(({ process: one }) => one.stderrTail()) ?? []
  let failure: unknown
  const engine = (): EngineAccess => {
    pool ??= createEnginePool(engineDevices(devices), { env: engineEnv })
    return (access ??= poolAccess(pool, (event) => display.line(event.message)))
  }
  const context: CommandContext = {
    signal: stop.signal,
    display,
    engineEnv,
    devices,
    engine,
    onEnd: (end) => void ends.push(end),
  }
  try {
    await command.run(context, argv)
    return 0
  } catch (error) {
    display.settle()
    failure = error
  } finally {
    for (const end of ends.reverse()) await end()
    stop.dispose()
  }
  // The engines have ended: all that they said has been read.
  return reportEnd(failure, stop, streams.error, loggedError(failure, engineLogs()))
}

/** Of an error that an engine sent as an id alone: what its log has from there on. */
export function loggedError(error: unknown, logs: readonly (readonly string[])[]): readonly string[] {
  const id = error instanceof AppError ? error.data['errorId'] : undefined
  if (typeof id !== 'string') return []
  for (const lines of logs) {
    const at = lines.findIndex((line) => line.includes(id))
    if (at >= 0) return lines.slice(at)
  }
  return []
}

/** What a command threw: after a request to stop, that it can be gone on with; else a failure. Returns the exit code. */
export function reportEnd(
  error: unknown,
  stop: StopRequest,
  stream: DisplayStream,
  logged: readonly string[] = [],
): number {
  if (!stop.signal.aborted) return reportFailure(error, stream, logged)
  stream.write('stopped; the same command goes on from here\n')
  return stop.exitCode()
}

/** Expected failures are a message and a code; anything else is a bug and shows where it happened. */
export function reportFailure(error: unknown, stream: DisplayStream, logged: readonly string[] = []): number {
  if (error instanceof UsageError) {
    const hint = error.command === null ? '' : `\nspin-studio ${error.command} --help lists the options.`
    stream.write(`${error.message}${hint}\n`)
    return 2
  }
  if (error instanceof AppError && error.code !== 'INTERNAL') {
    stream.write(`${error.message}\n[${error.code}]\n`)
    return 1
  }
  stream.write(`This is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  if (logged.length > 0) stream.write(`${logged.join('\n')}\n`)
  return 1
}

/** A reader that went away (`| head`) is no failure. */
export function ignoreClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}

if (process.argv[1] !== undefined && import.meta.filename === realpathSync(process.argv[1])) {
  ignoreClosedOutput()
  process.exitCode = await runTerminal(process.argv.slice(2), { out: process.stdout, error: process.stderr })
  if (process.connected) process.disconnect()
}
