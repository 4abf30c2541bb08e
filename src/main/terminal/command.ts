import type { EngineAccess } from '../loop/engine-access.ts'
import type { OptionTable, ParsedOptions } from './options.ts'
import type { ProgressDisplay } from './progress-display.ts'

/** What a running command has at hand. */
export interface CommandContext {
  signal: AbortSignal
  display: ProgressDisplay
  /** Added to the engine's environment; what a command puts there counts if it comes before the engine's first use. */
  engineEnv: Record<string, string>
  /** Devices that work together, by name (see engine-device.ts); none = one engine. Counts as engineEnv does. */
  devices: string[]
  /** The engine, or several as one, started by their first use. */
  engine(): EngineAccess
  /** Something to be ended after the command, whatever its end; the last one first. */
  onEnd(end: () => Promise<void> | void): void
}

export interface Command {
  name: string
  summary: string
  /** Shown after the name in the usage line. */
  usage: string
  options: OptionTable
  /** Where the command's first word says what it does; each has options of its own, and `run` is not called. */
  actions?: readonly Command[]
  /** Words under the options in the help. */
  notes?: string
  run(context: CommandContext, argv: readonly string[]): Promise<void>
}

/** One line for everything that was given and has no meaning here, so that nothing is ignored in silence. */
export function noticeMeaningless(
  display: ProgressDisplay,
  { meaningless }: Pick<ParsedOptions<OptionTable>, 'meaningless'>,
): void {
  if (meaningless.length === 0) return
  const verb = meaningless.length === 1 ? 'has' : 'have'
  display.line(
    `note: ${meaningless.join(', ')} ${verb} no meaning here and ${meaningless.length === 1 ? 'is' : 'are'} not used`,
  )
}
