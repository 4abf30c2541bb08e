import { expect, test } from 'vitest'
import {
  BenchmarkSettings,
  type BenchmarkProfile,
  type BenchmarkTaskData,
} from '../../../src/contract/benchmarks.ts'
import { BenchmarkResult } from '../../../src/contract/engine.ts'
import { harnessResults } from '../../../src/main/benchmarks/harness-results.ts'

const score = (task: string, metric: string, value: number, more: object = {}) => ({
  task,
  partOf: null,
  metric,
  filter: 'none',
  value,
  stderr: 0.01,
  questions: 40,
  primary: true,
  ...more,
})

function results(profile: BenchmarkProfile) {
  const settings = BenchmarkSettings.parse({ tasks: ['arc_challenge', 'mmlu', 'gsm8k'], profile, limit: 40 })
  const result = BenchmarkResult.parse({
    kind: 'done',
    scores: [
      score('arc_challenge', 'acc', 0.25, { primary: false }),
      score('arc_challenge', 'acc_norm', 0.5),
      score('gsm8k', 'exact_match', 0.1, { filter: 'strict-match', stderr: null }),
      score('gsm8k', 'exact_match', 0.2, { filter: 'flexible-extract', primary: false }),
      score('mmlu', 'acc', 0.3, { questions: 80 }),
      score('mmlu_stem', 'acc', 0.3, { partOf: 'mmlu', questions: 80 }),
      score('mmlu_anatomy', 'acc', 0.2, { partOf: 'mmlu_stem' }),
      score('mmlu_astronomy', 'acc', 0.4, { partOf: 'mmlu_stem' }),
    ],
    questions: 160,
    requests: 500,
    requestsPerSecond: 9,
    truncated: 3,
    provenance: {
      modelSha256: 'f00d',
      profile,
      chatTemplate: false,
      limit: 40,
      dataSha256: { arc_challenge: 'a', mmlu: 'b', gsm8k: 'c' },
      versions: { engine: '1' },
    },
    questionPaths: {},
    seconds: 5,
  })
  const data = (task: string, shots: number, more: Partial<BenchmarkTaskData> = {}): BenchmarkTaskData => ({
    task,
    title: task,
    own: false,
    kind: 'choice',
    shots: { 'harness-0.4.0': shots, 'harness-current': shots },
    metric: 'acc',
    state: 'ready',
    questions: 1000,
    expectedQuestions: 1000,
    files: [],
    dataset: `org/${task}`,
    folder: task,
    problem: null,
    ...more,
  })
  const tasks = [data('arc_challenge', 25), data('mmlu', 5), data('gsm8k', 5, { kind: 'generation' })]
  return harnessResults({ modelDir: '/models/m', settings, result, tasks, startedAt: 5000, seconds: 7 })
}

test('metrics, errors, groups and shots stand under the keys that the harness writes', () => {
  const found = results('harness-current')
  expect(found.results['arc_challenge']).toEqual({
    name: 'arc_challenge',
    alias: 'arc_challenge',
    sample_len: 40,
    'acc,none': 0.25,
    'acc_stderr,none': 0.01,
    'acc_norm,none': 0.5,
    'acc_norm_stderr,none': 0.01,
  })
  expect(found.results['gsm8k']).toMatchObject({
    'exact_match,strict-match': 0.1,
    'exact_match_stderr,strict-match': 'N/A',
    'exact_match,flexible-extract': 0.2,
  })
  expect(Object.keys(found.groups!)).toEqual(['mmlu', 'mmlu_stem'])
  expect(found.groups!['mmlu_stem']).toMatchObject({ alias: 'stem', 'acc,none': 0.3 })
  expect(found.group_subtasks).toEqual({ mmlu: ['mmlu_stem'], mmlu_stem: ['mmlu_anatomy', 'mmlu_astronomy'] })
  expect(found['n-shot']).toMatchObject({ arc_challenge: 25, mmlu: 5, mmlu_anatomy: 5 })
  expect(found['n-samples']).toMatchObject({ arc_challenge: { original: 1000, effective: 40 } })
  expect(found.configs['gsm8k']).toMatchObject({ output_type: 'generate_until', dataset_path: 'org/gsm8k' })
  expect(Object.keys(found.configs)).not.toContain('mmlu')
  expect(found.config).toMatchObject({ model_args: 'pretrained=/models/m', limit: 40 })
  expect(found.spin_studio).toMatchObject({ profile: 'harness-current', truncated_prompts: 3 })
  expect(JSON.parse(JSON.stringify(found))).toEqual(found)
})

test('versions are those of the harness that is reproduced', () => {
  expect(results('harness-0.4.0').versions).toEqual({
    arc_challenge: 1,
    gsm8k: 1,
    mmlu: 'N/A',
    mmlu_anatomy: 0,
    mmlu_astronomy: 0,
    mmlu_stem: 'N/A',
  })
  expect(results('harness-current').versions).toMatchObject({
    gsm8k: 3,
    mmlu: 2,
    mmlu_stem: 2,
    mmlu_anatomy: 1,
  })
})
