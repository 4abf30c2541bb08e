import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readEvaluateOptions } from '../../../src/main/terminal/evaluate-command.ts'
import { folderOfTest } from '../../temp-folder.ts'

function folders() {
  const dir = folderOfTest('benchmark-options')
  const [model, data, task] = [join(dir, 'model'), join(dir, 'data'), join(dir, 'own.yaml')]
  mkdirSync(model)
  mkdirSync(data)
  writeFileSync(task, 'task: own\n')
  return {
    dir,
    model,
    data,
    task,
    argv: ['--model', model, '--data', data, '--output_dir', join(dir, 'out')],
  }
}

function benchmarksOf(argv: readonly string[]) {
  const { asked } = readEvaluateOptions(argv)
  return asked.kind === 'benchmarks' ? asked.ask : expect.fail('expected benchmarks, found held-out prompts')
}

test('tasks, profile, chat template, limit and own tasks are carried over', () => {
  const { argv, task, dir } = folders()
  const ask = benchmarksOf([
    ...argv,
    '--tasks',
    'arc_challenge, own',
    '--profile',
    'harness-current',
    '--chat-template',
    '--limit',
    '40',
    '--task-file',
    task,
    '--out',
    join(dir, 'scores.json'),
  ])
  expect(ask.settings).toEqual({
    tasks: ['arc_challenge', 'own'],
    profile: 'harness-current',
    chatTemplate: true,
    limit: 40,
    taskFiles: [task],
  })
  expect(ask).toMatchObject({ resultPath: join(dir, 'scores.json'), costOnly: false, fetch: false })
})

test('“leaderboard” is all six, with the paper’s profile unless another is named', () => {
  const { argv, dir } = folders()
  const ask = benchmarksOf([...argv, '--tasks', 'leaderboard,mmlu'])
  expect(ask.settings).toMatchObject({ profile: 'harness-0.4.0', limit: null, chatTemplate: false })
  expect(ask.settings.tasks.toSorted()).toEqual([
    'arc_challenge',
    'gsm8k',
    'hellaswag',
    'mmlu',
    'truthfulqa_mc2',
    'winogrande',
  ])
  expect(ask.resultPath).toBe(join(dir, 'out', 'results.json'))
})

test('the same command finds its questions again, another has its own folder', () => {
  const { argv } = folders()
  const dirOf = (...more: string[]) => benchmarksOf([...argv, '--tasks', 'gsm8k', ...more]).outDir
  expect(dirOf()).toBe(dirOf())
  expect(dirOf('--limit', '5')).not.toBe(dirOf())
  expect(dirOf('--cost')).toBe(dirOf())
})

test('options of the other kind of evaluation are refused, not passed over', () => {
  const { argv, model } = folders()
  expect(() => readEvaluateOptions([...argv, '--tasks', 'gsm8k', '--samples', '2'])).toThrow(
    '--samples belongs to held-out prompts',
  )
  expect(() => readEvaluateOptions(['--model', model, '--input_dir', model, '--cost'])).toThrow(
    '--cost belongs to benchmarks',
  )
  expect(() => readEvaluateOptions(['--model', model])).toThrow('--input_dir FOLDER is required, or --tasks')
  expect(() => readEvaluateOptions([...argv, '--tasks', 'a b'])).toThrow(/tasks/)
})

test('a data folder must be there, unless it is to be fetched', () => {
  const { dir, model } = folders()
  const argv = ['--model', model, '--data', join(dir, 'none'), '--tasks', 'gsm8k']
  expect(() => readEvaluateOptions(argv)).toThrow('does not exist')
  expect(benchmarksOf([...argv, '--fetch']).dataDir).toBe(join(dir, 'none'))
})
