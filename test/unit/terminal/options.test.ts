import { describe, expect, it } from 'vitest'
import { choice, flag, integer, number, text } from '../../../src/main/terminal/option-kinds.ts'
import { option, parseOptions, splitArguments } from '../../../src/main/terminal/options.ts'
import { nearestName, UsageError } from '../../../src/main/terminal/usage-error.ts'

const table = {
  model: option(text(), { placeholder: 'FOLDER', help: 'The model.' }),
  output_dir: option(text(), { placeholder: 'FOLDER', help: 'Where to.', default: 'out' }),
  frac_len: option(integer(0), { placeholder: 'N', help: 'Rows.', default: 800 }),
  lr: option(number(), { placeholder: 'X', help: 'Rate.', default: 5e-7 }),
  split: option(choice(['train', 'test']), { placeholder: 'NAME', help: 'Split.', default: 'train' }),
  fast: option(flag(), { placeholder: '', help: 'Flag.', default: false }),
  world_size: option(integer(), { placeholder: 'N', help: '', default: null, meaningless: 'one device' }),
}
const parse = (...argv: string[]) =>
  parseOptions(splitArguments(argv, table, 'generate').given, table, 'generate')

describe('options', () => {
  it('reads --name value and --name=value alike, typed, and fills in defaults', () => {
    const expected = {
      model: 'm',
      output_dir: 'out',
      frac_len: 5,
      lr: 1e-3,
      split: 'test',
      fast: false,
      world_size: null,
    }
    expect(parse('--model', 'm', '--frac_len', '5', '--lr', '1e-3', '--split', 'test').values).toEqual(
      expected,
    )
    expect(parse('--model=m', '--frac_len=5', '--lr=1e-3', '--split=test').values).toEqual(expected)
  })

  it('keeps everything after the first = as the value', () => {
    expect(parse('--model=a=b==c').values.model).toBe('a=b==c')
    expect(parse('--model', 'a=b').values.model).toBe('a=b')
  })

  it('takes dashes for underscores, flags alone or with a value, and negative numbers', () => {
    expect(parse('--model', 'm', '--output-dir', 'x', '--fast', '--lr', '-1').values).toMatchObject({
      output_dir: 'x',
      fast: true,
      lr: -1,
    })
    expect(parse('--model', 'm', '--fast', 'false').values.fast).toBe(false)
    expect(parse('--model', 'm', '--fast=True').values.fast).toBe(true)
  })

  it('names the nearest known option for an unknown one', () => {
    expect(() => parse('--modle', 'm')).toThrow('Did you mean --model?')
    expect(() => parse('--ouput_dir', 'm')).toThrow('Did you mean --output_dir?')
    expect(() => parse('--zzzzzzzzzz', 'm')).toThrow(/Known: model, output_dir/)
    expect(() => parse('--toString', 'm')).toThrow(UsageError)
  })

  it.each([
    [['--model', 'm', '--frac_len', 'many'], /--frac_len: expected a number/],
    [['--model', 'm', '--frac_len', '1.5'], /expected a whole number/],
    [['--model', 'm', '--frac_len', '-1'], /expected 0 or more/],
    [['--model', 'm', '--lr='], /expected a number/],
    [['--model', 'm', '--split', 'dev'], /expected one of train, test/],
    [['--model', 'm', '--model', 'n'], /given twice/],
    [['--model'], /needs a value/],
    [['--model', '--fast'], /needs a value/],
    [[], /--model is required/],
  ])('refuses %j', (argv, message) => {
    expect(() => parse(...argv)).toThrow(message)
    expect(() => parse(...argv)).toThrow(UsageError)
  })

  it('reports options without meaning here instead of using them', () => {
    expect(parse('--model', 'm', '--world_size', '8').meaningless).toEqual(['world_size'])
  })
})

describe('nearestName', () => {
  it('finds slips and leaves other words alone', () => {
    expect(nearestName('generat', ['generate', 'gather'])).toBe('generate')
    expect(nearestName('quantize', ['generate', 'gather'])).toBeNull()
  })
})
