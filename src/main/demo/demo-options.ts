import { resolve } from 'node:path'
import { integer, text } from '../terminal/option-kinds.ts'
import { option, parseOptions, splitArguments, type OptionTable } from '../terminal/options.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { demoNumbers } from './demo-plan.ts'

export const demoOptionTable = {
  out: option(text(), {
    placeholder: 'DIR',
    help: 'Where everything goes; a demo that was begun there is gone on with.',
    default: 'demo-out',
  }),
  iterations: option(
    integer(1).refine((value) => value <= 8, 'expected 8 or less'),
    { placeholder: 'N', help: 'Self-play iterations.', default: demoNumbers.iterations },
  ),
  seed: option(integer(0), {
    placeholder: 'S',
    help: 'Of sampling and of the order of rows.',
    default: demoNumbers.seed,
  }),
} satisfies OptionTable

export interface DemoOptions {
  out: string
  iterations: number
  seed: number
}

/** @throws UsageError */
export function readDemoOptions(argv: readonly string[]): DemoOptions {
  const { given, positional } = splitArguments(argv, demoOptionTable, 'demo')
  if (positional.length > 0)
    throw new UsageError(`${positional[0]} stands alone. Write npm run demo -- --out ${positional[0]}.`)
  const { values } = parseOptions(given, demoOptionTable, 'demo')
  return { ...values, out: resolve(values.out) }
}
