import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '../../../../src/contract/errors.ts'
import { readDatasetTable } from '../../../../src/engine/data/dataset-table.ts'
import { rowsFile } from '../../../../src/engine/data/dataset-folder.ts'
import { benchmarkData } from '../../../../src/engine/evaluation/benchmarks/benchmark-data.ts'
import { loadTask } from '../../../../src/engine/evaluation/benchmarks/load-task.ts'
import type { LoadOptions } from '../../../../src/engine/evaluation/benchmarks/task.ts'
import { benchmarkPath } from '../../../golden/benchmark-golden.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'benchmark-data-'))
})
afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true })
})

const options = (more: Partial<LoadOptions> = {}): LoadOptions => ({
  dataDir,
  profile: 'harness-current',
  chat: null,
  limit: null,
  taskFiles: [],
  warn: () => undefined,
  ...more,
})

/** Copies one of the golden's files to a place below the data folder. */
async function place(golden: string, path: string): Promise<void> {
  await mkdir(dirname(join(dataDir, path)), { recursive: true })
  await cp(join(benchmarkPath('data'), golden), join(dataDir, path))
}

async function rowsOf(golden: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return (await readDatasetTable([await rowsFile(join(benchmarkPath('data'), golden))])).rows
}

async function writeRows(path: string, rows: readonly unknown[]): Promise<void> {
  await mkdir(dirname(join(dataDir, path)), { recursive: true })
  await writeFile(join(dataDir, path), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}

async function asksAsGolden(task: string): Promise<void> {
  const own = await loadTask(task, options())
  const golden = await loadTask(task, options({ dataDir: benchmarkPath('data') }))
  expect(own.map(({ name, questions }) => ({ name, questions }))).toEqual(
    golden.map(({ name, questions }) => ({ name, questions })),
  )
}

const arc = (split: string): string => `ai2_arc/ARC-Challenge/${split}-00000-of-00001.parquet`

describe('layouts that people have', () => {
  test('a folder named with the owner, beside another configuration', async () => {
    for (const split of ['train', 'test']) {
      await place(arc(split), `allenai/ai2_arc/ARC-Challenge/${split}-00000-of-00001.parquet`)
      await place(arc('validation'), `allenai/ai2_arc/ARC-Easy/${split}-00000-of-00001.parquet`)
    }
    await asksAsGolden('arc_challenge')
  })

  test("the hub's own conversion, where a folder names the split", async () => {
    for (const split of ['train', 'test'])
      await place(arc(split), `ai2_arc/ARC-Challenge/${split}/0000.parquet`)
    await asksAsGolden('arc_challenge')
  })

  test("a hub's cache, whose files are links into its blobs", async () => {
    const cache = join(dataDir, 'datasets--allenai--ai2_arc')
    const snapshot = join(cache, 'snapshots', '0123abcd', 'ARC-Challenge')
    await mkdir(snapshot, { recursive: true })
    for (const split of ['train', 'test']) {
      await place(arc(split), `datasets--allenai--ai2_arc/blobs/${split}blob`)
      await symlink(join(cache, 'blobs', `${split}blob`), join(snapshot, `${split}-00000-of-00001.parquet`))
    }
    await asksAsGolden('arc_challenge')
  })

  test('flat JSON Lines, and a table in several parts', async () => {
    const train = await rowsOf('gsm8k/main/train-00000-of-00001.parquet')
    await writeRows('gsm8k/train-00000-of-00002.jsonl', train.slice(0, 20))
    await writeRows('gsm8k/train-00001-of-00002.jsonl', train.slice(20))
    await writeRows('gsm8k/test.jsonl', await rowsOf('gsm8k/main/test-00000-of-00001.parquet'))
    await asksAsGolden('gsm8k')
  })

  test('an array of rows', async () => {
    for (const split of ['train', 'validation']) {
      const rows = await rowsOf(`hellaswag/data/${split}-00000-of-00001.parquet`)
      await mkdir(join(dataDir, 'hellaswag'), { recursive: true })
      await writeFile(join(dataDir, 'hellaswag', `hellaswag_${split}.json`), JSON.stringify(rows, null, 1))
    }
    await asksAsGolden('hellaswag')
  })

  test('MMLU with a folder for each subject', async () => {
    for (const split of ['test', 'dev']) {
      const rows = await rowsOf(`mmlu/all/${split}-00000-of-00001.parquet`)
      for (const [subject, ofSubject] of Map.groupBy(rows, (row) => row['subject'] as string))
        await writeRows(`mmlu/${subject}/${split}.jsonl`, ofSubject)
    }
    await writeRows('mmlu/auxiliary_train/train.jsonl', [])
    await asksAsGolden('mmlu')
    await rm(join(dataDir, 'mmlu', 'anatomy'), { recursive: true })
    const found = (await benchmarkData(dataDir, [])).find(({ task }) => task === 'mmlu')!
    expect(found).toMatchObject({ state: 'missing' })
    expect(found.problem).toMatch(/1 of 57 parts of MMLU are missing.*anatomy/)
  })
})

describe('data that is not what it should be', () => {
  test('no folder: what is looked for, where, and where it comes from', async () => {
    const failure = loadTask('winogrande', options())
    await expect(failure).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(failure).rejects.toThrow(
      /validation rows of Winogrande below .*winogrande, .*allenai\/winogrande, configuration winogrande_xl .*validation-00000-of-00001\.parquet/,
    )
  })

  test('a missing split is named', async () => {
    await place(arc('test'), arc('test'))
    await expect(loadTask('arc_challenge', options())).rejects.toThrow(/train rows of ARC-Challenge/)
  })

  test('two tables for one split are told apart by nobody', async () => {
    await writeRows('winogrande/train.jsonl', await rowsOf('winogrande/train.jsonl'))
    await writeRows('winogrande/train_debiased.jsonl', await rowsOf('winogrande/train.jsonl'))
    await writeRows('winogrande/validation.jsonl', await rowsOf('winogrande/validation.jsonl'))
    await expect(loadTask('winogrande', options())).rejects.toThrow(
      /found several: .*train\.jsonl, .*train_debiased/,
    )
  })

  test('rows of another dataset, with the column that is missing', async () => {
    await writeRows('gsm8k/train.jsonl', await rowsOf('winogrande/train.jsonl'))
    await writeRows('gsm8k/test.jsonl', await rowsOf('winogrande/validation.jsonl'))
    await expect(loadTask('gsm8k', options())).rejects.toThrow(/row of gsm8k .*[\s\S]*question/)
  })

  test('a broken row is an error, not a row less', async () => {
    const rows = await rowsOf('winogrande/train.jsonl')
    await writeRows('winogrande/validation.jsonl', rows)
    await writeFile(
      join(dataDir, 'winogrande/train.jsonl'),
      rows.map((row, i) => (i === 7 ? '{"sentence": "cut\n' : `${JSON.stringify(row)}\n`)).join(''),
    )
    await expect(loadTask('winogrande', options())).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      data: { row: 8 },
    })
  })

  test('other rows than the published ones run, with a warning', async () => {
    const warnings: string[] = []
    const [task] = await loadTask(
      'arc_challenge',
      options({ dataDir: benchmarkPath('data'), warn: (message) => warnings.push(message) }),
    )
    expect(task!.questions).toHaveLength(40)
    expect(warnings).toEqual([expect.stringMatching(/40 questions of 1,172 and 60 rows for shots of 1,119/)])
  })

  test('what a folder holds of each task', async () => {
    await place(arc('test'), arc('test'))
    await place(arc('train'), arc('train'))
    const truthful = await rowsOf('truthful_qa/multiple_choice/validation-00000-of-00001.parquet')
    await writeRows(
      'truthful_qa/validation.jsonl',
      Array.from({ length: 817 }, (_, i) => truthful[i % truthful.length]),
    )
    const found = await benchmarkData(dataDir, [])
    expect(found.map(({ task, state, questions }) => [task, state, questions])).toEqual([
      ['arc_challenge', 'wrong', 40],
      ['truthfulqa_mc2', 'ready', 817],
      ['winogrande', 'missing', null],
      ['gsm8k', 'missing', null],
      ['hellaswag', 'missing', null],
      ['mmlu', 'missing', null],
    ])
    expect(found[1]).toMatchObject({ problem: null, files: [join(dataDir, 'truthful_qa/validation.jsonl')] })
  })
})

describe('loadTask', () => {
  const golden = { dataDir: benchmarkPath('data') }

  test('a limit takes the first questions with the same shots', async () => {
    const [all] = await loadTask('arc_challenge', options(golden))
    const [few] = await loadTask('arc_challenge', options({ ...golden, limit: 3 }))
    expect(few!.questions).toEqual(all!.questions.slice(0, 3))
    const subjects = await loadTask('mmlu', options({ ...golden, limit: 1 }))
    expect(subjects.map(({ questions }) => questions.length)).toEqual(Array(57).fill(1))
  })

  test('the hash of the data follows its bytes', async () => {
    await cp(join(benchmarkPath('data'), 'winogrande'), join(dataDir, 'winogrande'), { recursive: true })
    const hash = async () => (await loadTask('winogrande', options()))[0]!.dataSha256
    const before = await hash()
    expect(before).toBe((await loadTask('winogrande', options(golden)))[0]!.dataSha256)
    const path = join(dataDir, 'winogrande/train.jsonl')
    await writeFile(path, `${await readFile(path, 'utf8')}\n`)
    expect(await hash()).not.toBe(before)
  })

  test('a template that refuses a system turn is asked without the description', async () => {
    const seen: string[][] = []
    const chat: LoadOptions['chat'] = (messages) => {
      if (messages[0]!.role === 'system') throw new AppError('TEMPLATE_BROKEN', 'no system role')
      seen.push(messages.map(({ role }) => role))
      return messages.map(({ content }) => content).join('|')
    }
    const [anatomy] = await loadTask('mmlu', options({ ...golden, chat, limit: 1 }))
    expect(seen[0]).toEqual([...Array(5).fill(['user', 'assistant']).flat(), 'user'])
    expect(anatomy!.questions[0]!.requests).toMatchObject([{ continuation: 'A' }, {}, {}, {}])
  })

  test('0.4.0 had no chat templates, and nobody has a task of another name', async () => {
    await expect(
      loadTask('mmlu', options({ ...golden, profile: 'harness-0.4.0', chat: () => '' })),
    ).rejects.toThrow(/harness-0\.4\.0/)
    await expect(loadTask('mmlu_pro', options(golden))).rejects.toThrow(/arc_challenge.*found "mmlu_pro"/)
  })
})
