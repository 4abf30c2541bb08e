import { appendFileSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ModelLineage } from '../../../src/contract/lineage.ts'
import { findLineage } from '../../../src/main/loop/find-lineage.ts'
import { publicName } from '../../../src/main/loop/project-lineage.ts'
import { attempt, createSetup, temporaryFolder } from './project-fixture.ts'

const versions = { 'spin-studio': '9.9' }
const computedOn = { 'answers computed on': 'cpu', 'training computed on': 'cuda:1' }

test('every iteration’s model has a card that tells of its base, data, pairs, settings and scores', async () => {
  const home = temporaryFolder()
  const { outcome } = await attempt(home, createSetup(home, 2), { scores: [0.5, 0.6, 0.7] })
  const [first, second] = outcome!.iterations
  const card = ModelLineage.parse(
    JSON.parse(readFileSync(join(home, 'project/iter-1/model/README.md'), 'utf8')),
  )
  expect(card).toMatchObject({
    title: 'base-model, self-play iteration 1',
    baseModel: { name: 'base-model', sha256: outcome!.base.modelSha256 },
    method: 'Self-Play Fine-Tuning (SPIN), all weights',
    datasets: [{ name: 'rows.jsonl', rows: 8, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }],
    iterations: [first, second].map((made, iteration) => ({
      iteration,
      pairs: 4,
      pairsSha256: made!.gather.sha256,
      steps: 4,
      modelSha256: made!.finetune!.modelSha256,
    })),
    versions: { scripted: '1', ...computedOn },
  })
  expect(
    card.scores.map(({ model, values }) => [model, values['sampled (T = 1)'], values['held-out NLL']]),
  ).toEqual([
    ['base model', 0.5, 1.5],
    ['iteration 0', 0.6, 1.4],
    ['iteration 1', 0.7, 1.3],
  ])
  expect(card.settings).toMatchObject({ fracLen: 3, 'training.beta': 0.2, 'training.adapter': null })
  expect(JSON.stringify(card)).not.toContain(home) // names, never somebody's paths
})

test('an earlier model’s lineage ends with itself; an iteration that a guard ended has none', async () => {
  const home = temporaryFolder()
  await attempt(home, createSetup(home, 3), { scores: [0.5, 0.6, 0.7], guardStops: 1 })
  const { lineage } = await findLineage(join(home, 'project/iter-0/model'), versions)
  expect(lineage!.iterations.map(({ iteration }) => iteration)).toEqual([0])
  expect(lineage!.scores.map(({ model }) => model)).toEqual(['base model', 'iteration 0'])
  expect((await findLineage(join(home, 'project/iter-1/model'), versions)).lineage).toBeNull()
})

test('a project’s model is known by its folder, also after the folder was moved', async () => {
  const home = temporaryFolder()
  const { outcome } = await attempt(home, createSetup(home, 1), { scores: [0.5, 0.6] })
  renameSync(join(home, 'project'), join(home, 'elsewhere'))
  const found = await findLineage(join(home, 'elsewhere/iter-0/model'), versions)
  expect(found.lineage?.iterations.at(-1)?.modelSha256).toBe(outcome!.best.modelSha256)
  expect(found.lineage?.versions).toEqual({ ...versions, ...computedOn })
})

test('a folder of no project has no lineage; a project without its record says so; changed weights are refused', async () => {
  const home = temporaryFolder()
  await attempt(home, createSetup(home, 1), { scores: [0.5, 0.6] })
  expect(await findLineage(join(home, 'base-model'), versions)).toEqual({ lineage: null, remark: null })
  const model = join(home, 'project/iter-0/model')
  appendFileSync(join(model, 'README.md'), 'my own words')
  expect((await findLineage(model, versions)).lineage).not.toBeNull()
  appendFileSync(join(model, 'model.safetensors'), 'x')
  await expect(findLineage(model, versions)).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  rmSync(join(home, 'app.sqlite'))
  const { lineage, remark } = await findLineage(model, versions)
  expect(lineage).toBeNull()
  expect(remark).toMatch(/no app\.sqlite tells of its iteration 0.*--lineage/s)
})

test('folders of the Hub’s cache go by their names on the Hub', () => {
  const cache = '/home/me/.cache/huggingface/hub'
  expect(publicName(`${cache}/models--HuggingFaceTB--SmolLM2-135M/snapshots/12fd`)).toBe(
    'HuggingFaceTB/SmolLM2-135M',
  )
  expect(publicName(`${cache}/datasets--acme--chats/snapshots/1/data/train.parquet`)).toBe('acme/chats')
  expect(publicName('/models/mine')).toBe('mine')
})
