import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { benchmarkProfiles, type BenchmarkProfile } from '../../../../src/contract/benchmarks.ts'
import { benchmarkData } from '../../../../src/engine/evaluation/benchmarks/benchmark-data.ts'
import { loadTask } from '../../../../src/engine/evaluation/benchmarks/load-task.ts'
import { parsePythonList } from '../../../../src/engine/evaluation/benchmarks/own-tasks/python-literal.ts'
import type { BenchmarkTask } from '../../../../src/engine/evaluation/benchmarks/task.ts'
import { benchmarkPath } from '../../../golden/benchmark-golden.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-tasks-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const dataDir = benchmarkPath('data')
const golden = (path: string): string => JSON.stringify(join(dataDir, path))
let files = 0

async function taskFile(yaml: string): Promise<string> {
  const path = join(folder, `task-${files++}.yaml`)
  await writeFile(path, yaml)
  return path
}

async function load(yaml: string, profile: BenchmarkProfile = 'harness-current', name = 'mine') {
  const taskFiles = [await taskFile(yaml)]
  const options = { dataDir, profile, chat: null, limit: null, taskFiles, warn: () => undefined }
  const [task] = await loadTask(name, options)
  return task!
}

const builtIn = async (name: string, profile: BenchmarkProfile): Promise<BenchmarkTask> =>
  (
    await loadTask(name, { dataDir, profile, chat: null, limit: null, taskFiles: [], warn: () => undefined })
  )[0]!

/** The harness's own YAML of its tasks (0.4.13), with their shots and a name and files of one's own. */
const arcYaml = `
task: mine
dataset_path: allenai/ai2_arc
dataset_name: ARC-Challenge
output_type: multiple_choice
training_split: train
validation_split: validation
test_split: test
num_fewshot: 25
doc_to_text: "Question: {{question}}\\nAnswer:"
doc_to_target: "{{choices.label.index(answerKey)}}"
doc_to_choice: "{{choices.text}}"
should_decontaminate: true
doc_to_decontamination_query: "Question: {{question}}\\nAnswer:"
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
  - metric: acc_norm
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1.0
`
const gsmYaml = () => `
task: mine
task_alias: Sums
dataset_path: parquet
dataset_kwargs:
  data_files:
    train: ${golden('gsm8k/main/train-00000-of-00001.parquet')}
    test: [${golden('gsm8k/main/test-00000-of-00001.parquet')}]
output_type: generate_until
training_split: train
fewshot_split: train
test_split: test
doc_to_text: "Question: {{question}}\\nAnswer:"
doc_to_target: "{{answer}}"
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
    ignore_case: true
    ignore_punctuation: false
    regexes_to_ignore: [",", "\\\\$", "(?s).*#### ", "\\\\.$"]
generation_kwargs:
  until: ["Question:", "</s>", "<|im_end|>"]
  do_sample: false
  temperature: 0.0
repeats: 1
num_fewshot: 5
filter_list:
  - name: "strict-match"
    filter:
      - function: "regex"
        regex_pattern: "#### (\\\\-?[0-9\\\\.\\\\,]+)"
      - function: "take_first"
  - name: "flexible-extract"
    filter:
      - function: "regex"
        group_select: -1
        regex_pattern: "(-?[$0-9.,]{2,})|(-?[0-9]+)"
      - function: "take_first"
`
const winograndeRows = () => `
dataset_path: json
dataset_kwargs: { data_files: { validation: ${golden('winogrande/validation.jsonl')} } }
validation_split: validation
`
/** A small task of which tests change a part. */
const smallYaml = (changed: string): string => `
task: mine
${winograndeRows()}
output_type: multiple_choice
doc_to_text: "{{sentence}} Which?"
doc_to_choice: ["{{option1}}", "2"]
doc_to_target: 1
${changed}
`

describe('a task from a YAML file', () => {
  test.each(benchmarkProfiles)(
    "the harness's YAML of ARC asks and scores as ARC itself, %s",
    async (profile) => {
      const [own, arc] = [await load(arcYaml, profile), await builtIn('arc_challenge', profile)]
      expect(own.questions.map(({ requests, gold }) => ({ requests, gold }))).toEqual(
        arc.questions.map(({ requests, gold }) => ({ requests, gold })),
      )
      const answer = { logLikelihoods: [-4, -2, -9], greedy: [], response: null }
      const question = own.questions[0]!
      expect(own.score(question, answer)).toEqual(arc.score(question, answer))
      expect(own.primary).toBe('acc,none')
    },
  )

  test("the harness's YAML of GSM8K as GSM8K itself", async () => {
    const own = await load(gsmYaml())
    const gsm8k = await builtIn('gsm8k', 'harness-current')
    expect(own.questions.map(({ requests, target }) => ({ requests, target }))).toEqual(
      gsm8k.questions.map(({ requests, target }) => ({ requests, target })),
    )
    for (const response of ['x #### 1,234.', 'about $18.', 'none']) {
      const answer = { logLikelihoods: [], greedy: [], response }
      for (const question of own.questions.slice(0, 8))
        expect(own.score(question, answer)).toEqual(gsm8k.score(question, answer))
    }
  })

  test('columns by name, first rows as shots, a description, delimiters of its own', async () => {
    const path = join(folder, 'rows.csv')
    await writeFile(
      path,
      "ask,right,all\nA?,yes,\"['yes', 'no']\"\nB?,no,\"['yes', 'no']\"\nC?,no,\"['no', 'yes']\"\n",
    )
    const task = await load(`
task: mine
dataset_path: csv
dataset_kwargs: { data_files: rows.csv }
test_split: train
fewshot_split: train
fewshot_config: { sampler: first_n }
num_fewshot: 1
output_type: multiple_choice
description: "Choose. "
target_delimiter: " => "
fewshot_delimiter: "; "
doc_to_text: ask
doc_to_target: right
doc_to_choice: "{{all}}"
metric_list: [{ metric: acc_norm }]
`)
    expect(task.questions.map(({ requests }) => requests)).toEqual([
      [
        { context: 'Choose. B? => no; A?', continuation: ' => yes' },
        { context: 'Choose. B? => no; A?', continuation: ' => no' },
      ],
      [
        { context: 'Choose. A? => yes; B?', continuation: ' => yes' },
        { context: 'Choose. A? => yes; B?', continuation: ' => no' },
      ],
      [
        { context: 'Choose. A? => yes; C?', continuation: ' => no' },
        { context: 'Choose. A? => yes; C?', continuation: ' => yes' },
      ],
    ])
    expect(task.questions.map(({ gold }) => gold)).toEqual([[0], [1], [0]])
    expect(task.primary).toBe('acc_norm,none')
  })

  test("the manual's example", async () => {
    const manual = await readFile(join(import.meta.dirname, '../../../../docs/benchmarks.md'), 'utf8')
    const rows = [1, 2, 3, 4].map((i) => ({ riddle: `R${i}?`, answers: ['a', `b${i}`], right: 1 }))
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
    for (const name of ['riddles.jsonl', 'riddles-train.jsonl']) await writeFile(join(folder, name), lines)
    const task = await load(/```yaml\n([\s\S]*?)```/.exec(manual)![1]!, 'harness-current', 'riddles')
    expect(task.primary).toBe('acc_norm,none')
    expect(task.questions[0]!.requests).toMatchObject([
      {
        context: expect.stringMatching(/^(Riddle: R\d\?\nAnswer: b\d\n\n){3}Riddle: R1\?\nAnswer:$/),
        continuation: ' a',
      },
      { continuation: ' b1' },
    ])
  })

  test('a template keeps its last line end in 0.4.13 and loses it in 0.4.0, as the harness', async () => {
    const yaml = smallYaml('').replace('Which?"', 'Which?\\n"')
    const endOf = async (profile: BenchmarkProfile) =>
      (await load(yaml, profile)).questions[0]!.text.slice(-7)
    expect(await endOf('harness-current')).toBe('Which?\n')
    expect(await endOf('harness-0.4.0')).toBe(' Which?')
  })

  test('it is listed with the others, with its rows', async () => {
    const found = await benchmarkData(dataDir, [await taskFile(gsmYaml())])
    expect(found.at(-1)).toMatchObject({
      task: 'mine',
      title: 'Sums',
      own: true,
      kind: 'generation',
      metric: 'exact_match',
      state: 'ready',
      questions: 40,
      expectedQuestions: null,
    })
  })
})

describe('what is refused, by name', () => {
  test.each([
    ['an unknown key', 'use_prompt: promptsource', /use_prompt/],
    ['functions', 'process_docs: !function utils.process', /"!function"/],
    ['includes', 'include: other.yaml', /include/],
    ['sampling', 'generation_kwargs: { do_sample: true }', /do_sample/],
    ['metrics without a mean', 'metric_list: [{ metric: f1 }]', /metric/],
    ['metrics of the other kind', 'metric_list: [{ metric: exact_match }]', /acc_bytes.*exact_match/],
    ['filters of choices', 'filter_list: [{ name: a, filter: [{ function: take_first }] }]', /filter_list/],
    ['a column that is not there', 'doc_to_text: "{{sentense}}"', /sentense/],
    ['a template that does not parse', 'doc_to_text: "{{sentence"', /doc_to_text/],
    ['a right answer that is no choice', 'doc_to_target: "{{option2}}"', /one of the 2 choices/],
    ['a description that is a template', 'description: "{{sentence}}"', /description/],
    ["a public task's name", 'task: gsm8k_mine', /gsm8k_mine/],
    ['a split without files', 'test_split: test', /"test".*validation/],
  ])('%s', async (_what, line, message) => {
    const key = line.slice(0, line.indexOf(':') + 1)
    const kept = smallYaml('')
      .split('\n')
      .filter((other) => !other.startsWith(key))
    await expect(load([...kept, line].join('\n'))).rejects.toThrow(message)
  })

  test('a pattern without end, in a second', async () => {
    const task = await load(gsmYaml().replace('(-?[$0-9.,]{2,})|(-?[0-9]+)', '(a+)+$'))
    const answer = { logLikelihoods: [], greedy: [], response: `${'a'.repeat(60)}b` }
    expect(() => task.score(task.questions[0]!, answer)).toThrow(/longer than 1000 ms .*\(a\+\)\+/)
  })

  test('a task of another kind than its name says', async () => {
    await expect(load(smallYaml(''), 'harness-current', 'yours')).rejects.toThrow(/mine.*found "yours"/)
  })

  test('one name in two files', async () => {
    const taskFiles = [await taskFile(gsmYaml()), await taskFile(arcYaml)]
    await expect(benchmarkData(dataDir, taskFiles)).rejects.toThrow(/found "mine" in several files/)
  })

  test('what is no YAML, or more than it seems', async () => {
    const bomb = Array.from({ length: 12 }, (_, i) =>
      i === 0
        ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
        : `a${i}: &a${i} [${Array(9)
            .fill(`*a${i - 1}`)
            .join(', ')}]`,
    ).join('\n')
    for (const yaml of ['task: [', 'a: 1\na: 2', bomb, '['.repeat(100_000), `x: ${'y'.repeat(1_000_001)}`])
      await expect(load(yaml)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    await expect(load('- a list')).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(load('__proto__: { polluted: 1 }')).rejects.toMatchObject({ code: 'BAD_INPUT' })
    expect({}).not.toHaveProperty('polluted')
  })
})

describe('parsePythonList', () => {
  test.each([
    [`['a', "it's", 'b\\n\\x41\\u00e9\\'']`, ['a', "it's", "b\nAé'"]],
    ['(1, -2, )', [1, -2]],
    ['[]', []],
    [`['\\d \\\\']`, ['\\d \\']],
  ])('%s', (text, list) => {
    expect(parsePythonList(text)).toEqual(list)
  })

  test.each(['a', '[a]', "['a'", "['a' 'b']", "['a]", '[1.5]', '[[1]]', "['a'] + ['b']"])(
    '%s is none',
    (text) => {
      expect(parsePythonList(text)).toBeNull()
    },
  )
})
