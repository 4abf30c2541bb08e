import { once } from 'node:events'
import { defaultDataDir } from '../data-dir.ts'
import type { Command } from './command.ts'
import { flag, integer, text } from './option-kinds.ts'
import { option, readOptions } from './options.ts'

const highestPort = 65_535

const options = {
  port: option(
    integer(0).refine((port) => port <= highestPort, `expected ${highestPort} or less`),
    { placeholder: 'N', help: 'Listens on 127.0.0.1:N; 0 = a free port.', default: 0 },
  ),
  data_dir: option(text(), {
    placeholder: 'FOLDER',
    help: 'Where runs are recorded.',
    default: null,
    defaultText: "$SPIN_STUDIO_DATA, else the app's own folder",
  }),
  open: option(flag(), { placeholder: '', help: "Opens the page in the system's browser.", default: false }),
}

/** The app's page for browsers of this machine. */
export const serveCommand: Command = {
  name: 'serve',
  summary: 'hosts the app for a browser on this machine, or through an SSH tunnel',
  usage: '[--port N] [--data_dir FOLDER] [--open]',
  options,
  notes: [
    'Only 127.0.0.1 is listened on, and the printed address carries a key that changes at each start: whoever has it',
    'can use the app. From another machine: ssh -L 8350:127.0.0.1:8350 workstation "spin-studio serve --port 8350",',
    'then open the printed address there; the port must be the same on both sides. Ctrl-C ends it.',
  ].join('\n'),
  async run({ display, signal }, argv) {
    const { port, dataDir, open } = readServeOptions(argv)
    // Loaded here: the other commands need neither the app's store nor its handlers.
    const { serveApp } = await import('../serve-app.ts')
    const served = await serveApp({ port, dataDir, open, say: (line) => display.line(line) })
    if (!signal.aborted) await once(signal, 'abort')
    await served.close()
  },
}

export function readServeOptions(argv: readonly string[]): { port: number; dataDir: string; open: boolean } {
  const { port, data_dir, open } = readOptions(argv, options, 'serve').values
  return { port, dataDir: data_dir ?? defaultDataDir(), open }
}
