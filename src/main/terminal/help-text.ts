import type { Command } from './command.ts'
import type { OptionSpec } from './options.ts'

export function overviewText(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    'spin-studio: makes a Hugging Face chat model better by Self-Play Fine-Tuning.',
    '',
    'usage: spin-studio COMMAND [options]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'spin-studio COMMAND --help lists the options of a command with their defaults.',
    'Options are written --name value or --name=value, with the names of the official SPIN repository.',
    'Exit codes: 0 done, 1 failed, 2 wrong command line, 130 stopped with Ctrl-C.',
  ].join('\n')
}

export function commandHelp(command: Command): string {
  if (command.actions) return actionsHelp(command, command.actions)
  const options = Object.entries(command.options)
  const real = options.filter(([, spec]) => spec.meaningless === undefined)
  const ignored = options.filter(([, spec]) => spec.meaningless !== undefined).map(([name]) => name)
  const heads = real.map(
    ([name, { placeholder }]) => `--${name}${placeholder === '' ? '' : ` ${placeholder}`}`,
  )
  const width = Math.min(34, Math.max(...heads.map((head) => head.length)))
  const lines = real.map(([, spec], i) => {
    const description = wrap(`${spec.help} ${defaultText(spec)}`, 100 - width - 4, ' '.repeat(width + 4))
    const head = heads[i]!
    return head.length <= width
      ? `  ${head.padEnd(width)}  ${description}`
      : `  ${head}\n${' '.repeat(width + 4)}${description}`
  })
  return [
    `spin-studio ${command.name}: ${command.summary}`,
    '',
    `usage: spin-studio ${command.name} ${command.usage}`,
    '',
    ...lines,
    ...(ignored.length === 0
      ? []
      : ['', wrap(`Taken from official scripts and not used: ${ignored.join(', ')}.`, 98, '')]),
    ...(command.notes ? ['', command.notes] : []),
  ].join('\n')
}

function actionsHelp(command: Command, actions: readonly Command[]): string {
  const width = Math.max(...actions.map(({ name }) => name.length))
  return [
    `spin-studio ${command.name}: ${command.summary}`,
    '',
    `usage: spin-studio ${command.name} ${command.usage}`,
    '',
    ...actions.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    `spin-studio ${command.name} ACTION --help lists the options of an action.`,
    ...(command.notes ? ['', command.notes] : []),
  ].join('\n')
}

function defaultText(spec: OptionSpec): string {
  if (spec.defaultText !== undefined) return `[${spec.defaultText}]`
  if (spec.default === undefined) return '[required]'
  if (spec.default === null) return '[none]'
  return `[${typeof spec.default === 'object' ? JSON.stringify(spec.default) : String(spec.default)}]`
}

function wrap(paragraph: string, width: number, indent: string): string {
  const lines = ['']
  for (const word of paragraph.split(' ')) {
    const last = lines.at(-1)!
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines.join(`\n${indent}`)
}
