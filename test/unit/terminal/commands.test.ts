import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import { officialPlan } from '../../../src/contract/presets.ts'
import { findSplit, requireSplit } from '../../../src/main/terminal/dataset-file.ts'
import { readGenerateOptions } from '../../../src/main/terminal/generate-command.ts'
import { commands, loggedError, reportFailure } from '../../../src/main/terminal/index.ts'
import { readPlan } from '../../../src/main/terminal/run-plan.ts'
import { run } from './run-terminal.ts'

let dir: string
const at = (...names: string[]): string => join(dir, ...names)

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'commands-'))
  for (const folder of ['model', 'official', 'plain', 'hub/data']) mkdirSync(at(folder), { recursive: true })
  for (const split of ['train', 'test']) {
    writeFileSync(at('official', `${split}_prefs-00000-of-00001.parquet`), '')
    writeFileSync(at('plain', `${split}.parquet`), '')
  }
  writeFileSync(at('hub', 'data', 'train-00000-of-00001.parquet'), '')
})
afterAll(() => rmSync(dir, { recursive: true }))

describe('generate', () => {
  const basic = () => ['--model', at('model'), '--input_dir', at('official'), '--output_dir', at('generated')]

  it('carries the official command line over', () => {
    const { request } = readGenerateOptions([
      ...basic(),
      '--batch_size',
      '8',
      '--frac_len',
      '800',
      '--data_frac',
      '3',
      '--split',
      'test',
    ])
    expect(request).toEqual({
      modelDir: at('model'),
      dataPath: at('official', 'test_prefs-00000-of-00001.parquet'),
      outDir: at('generated'),
      split: 'test',
      fracLen: 800,
      fractions: [3],
      baseWeights: 'f32',
      settings: {
        temperature: 1,
        topK: 0,
        topP: 1,
        maxNewTokens: 256,
        batchSize: 8,
        seed: 42,
        promptFormat: 'chat',
      },
    })
  })

  it('takes several fractions as the batched script does, and notes what needs several devices', () => {
    expect(readGenerateOptions([...basic(), '--num_data_frac', '2']).request.fractions).toEqual([0, 1])
    const all = readGenerateOptions([...basic(), '--num_data_frac=0', '--world_size=8'])
    expect(all.request.fractions).toBeNull()
    expect(all.meaningless).toEqual(['world_size'])
  })

  it('refuses settings outside their range as a wrong command line', () => {
    expect(() => readGenerateOptions([...basic(), '--top_p', '0'])).toThrow(/topP/)
    expect(() => readGenerateOptions([...basic(), '--temperature=-1'])).toThrow(/temperature/)
  })
})

describe('dataset folders', () => {
  it('finds a split by the official name, the plain name and the name a Hub folder has', () => {
    expect(findSplit(at('official'), 'train')).toBe(at('official', 'train_prefs-00000-of-00001.parquet'))
    expect(findSplit(at('plain'), 'test')).toBe(at('plain', 'test.parquet'))
    expect(findSplit(at('hub'), 'train')).toBe(at('hub', 'data', 'train-00000-of-00001.parquet'))
    expect(findSplit(at('hub'), 'test')).toBeNull()
    expect(() => requireSplit(at('hub'), 'test')).toThrow(expect.objectContaining({ code: 'FILE_NOT_FOUND' }))
  })
})

describe('a plan file', () => {
  const file = (content: string): string => {
    writeFileSync(at('plan.yaml'), content)
    return at('plan.yaml')
  }

  it('is a loop plan with its defaults', () => {
    const path = file(
      'iterations:\n  - generation: {temperature: 1.4}\n    training: {optimizer: {lr: 3.0e-4}, schedule: {}}\nfracLen: 100\n',
    )
    expect(readPlan(path)).toMatchObject({
      fracLen: 100,
      iterations: [{ generation: { temperature: 1.4, maxNewTokens: 256 } }],
    })
  })

  it('may be what a preset is, written out', () => {
    expect(readPlan(file(JSON.stringify(officialPlan())))).toEqual(officialPlan())
  })

  it('names misspelt keys instead of leaving their defaults in place, and wrong values by their path', () => {
    const misspelt = file(
      'iterations:\n  - generation: {temperatur: 1}\n    training: {optimizer: {lr: 1.0e-3}, schedule: {}}\n',
    )
    expect(() => readPlan(misspelt)).toThrow('iterations.0.generation.temperatur (did you mean temperature?)')
    expect(() => readPlan(file('iterations: []'))).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
    expect(() => readPlan(file('a: [1'))).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }))
  })
})

describe('the command line', () => {
  it('lists the commands and, for each, every option with its default', async () => {
    expect((await run('--help')).out).toMatch(/reformat[^]*generate[^]*gather[^]*finetune[^]*evaluate[^]*run/)
    for (const command of commands) {
      const { code, out } = await run(command.name, '--help')
      expect(code).toBe(0)
      for (const [name, spec] of Object.entries(command.options)) {
        expect(out, `${command.name} --${name}`).toContain(name)
        if (typeof spec.default === 'number' && spec.defaultText === undefined)
          expect(out).toContain(`[${spec.default}]`)
      }
    }
  })

  it('ends with 2 for a wrong command line, with 1 and the code for an expected failure', async () => {
    expect(await run()).toMatchObject({ code: 2 })
    expect(await run('generat')).toMatchObject({
      code: 2,
      error: expect.stringContaining('Did you mean generate?') as string,
    })
    expect(await run('generate', '--modle', 'x')).toMatchObject({
      code: 2,
      error: expect.stringContaining('Did you mean --model?') as string,
    })
    const absent = await run('generate', '--model', at('absent'), '--input_dir', at('official'))
    expect(absent.code).toBe(1)
    expect(absent.error).toContain('[FILE_NOT_FOUND]')
    expect(absent.error).not.toMatch(/\n\s+at /)
  })

  it('shows the stack of a bug and only of a bug', () => {
    let text = ''
    const stream = { write: (s: string) => (text += s) }
    expect(reportFailure(new TypeError('x is undefined'), stream)).toBe(1)
    expect(text).toMatch(/This is a bug[^]*at /)
    text = ''
    expect(reportFailure(new AppError('DISK_FULL', 'The disk is full.'), stream)).toBe(1)
    expect(text).toBe('The disk is full.\n[DISK_FULL]\n')
  })

  it('shows what the log of the engine says of a bug that the engine sent as an id', () => {
    const error = new AppError('INTERNAL', 'Something went wrong (error 1a2b)', { errorId: '1a2b' })
    const logs = [['ready'], ['before', 'Unexpected error 1a2b: Error: no kernel', '    at run']]
    const logged = loggedError(error, logs)
    expect(logged).toEqual(['Unexpected error 1a2b: Error: no kernel', '    at run'])
    let text = ''
    reportFailure(error, { write: (s: string) => (text += s) }, logged)
    expect(text).toMatch(/This is a bug[^]*no kernel/)
    expect(loggedError(new AppError('DISK_FULL', 'The disk is full.'), logs)).toEqual([])
  })
})
