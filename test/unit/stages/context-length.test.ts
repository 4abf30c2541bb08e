import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FractionRow, type PairRow } from '../../../src/contract/chat.ts'
import { FinetuneRequest, GenerateRequest } from '../../../src/contract/engine.ts'
import { writePairsParquet } from '../../../src/engine/data/parquet-writer.ts'
import { Decoder } from '../../../src/engine/generation/decoder.ts'
import { openSafetensors } from '../../../src/engine/model/safetensors.ts'
import { scoreSequences } from '../../../src/engine/scoring/sequence-logps.ts'
import { finetuneStage } from '../../../src/engine/stages/finetune-stage.ts'
import { generateStage } from '../../../src/engine/stages/generate-stage.ts'
import { inContext } from '../../../src/engine/stages/context-length.ts'
import { openModel } from '../../../src/engine/stages/model-context.ts'
import { folderOfTests } from '../../temp-folder.ts'
import { openFamily, readFamilyGolden } from '../../golden/family-model.ts'
import { settings } from '../trainer/training-run.ts'

/** Of 32 positions before its longrope changes over; every token is a character. */
const modelDir = join(import.meta.dirname, '../../golden/families/phi3/model')
const { eosIds } = readFamilyGolden('phi3')
const home = folderOfTests('spin-context')
const { signal } = new AbortController()

const pair = (i: number, real = `is ${i}`): PairRow => ({
  id: `row ${i}`,
  prompt: [{ role: 'user', content: `Say ${i}` }],
  real,
  generated: `was ${i}`,
  check: null,
  finishReason: 'stop',
})
const short = [pair(1), pair(2), pair(3), pair(4)]

let runs = 0
async function pairsFile(pairs: readonly PairRow[]): Promise<string> {
  const path = join(home, `pairs-${runs++}.parquet`)
  await writePairsParquet(path, pairs)
  return path
}

/** Fine-tunes on the pairs; the log-probs of the opponent and the loss of step 0. */
async function finetune(pairs: readonly PairRow[], over: Pick<FinetuneRequest, 'contextLength'> = {}) {
  const workDir = join(home, `run-${runs++}`)
  const request = FinetuneRequest.parse({
    modelDir,
    sources: [{ path: await pairsFile(pairs), fraction: 1 }],
    workDir,
    outDir: join(workDir, 'model'),
    settings: settings({ maxSteps: 2, maxLength: 64, maxPromptLength: 40 }),
    gates: {},
    ...over,
  })
  const opponent = (): Float32Array =>
    openSafetensors(join(workDir, 'opponent-logps.safetensors')).read('real')
  for await (const event of finetuneStage(request, signal))
    if (event.kind === 'done') return { step0Loss: event.step0Loss, opponent: opponent() }
  throw new Error('no result')
}

/** Log-probs of the human answers with the frequencies for sequences of this length. */
async function scored(pairs: readonly PairRow[], contextLength: number): Promise<number[]> {
  const { renderer } = await openModel(modelDir, 'chat')
  const { model } = openFamily('phi3', contextLength)
  const sequences = pairs.map(({ prompt, real }) => ({
    promptIds: renderer.prompt(prompt),
    responseIds: renderer.response(prompt, real, 'stop'),
  }))
  const scoring = scoreSequences(model, sequences, { batchSize: 4, eosIds })
  let next = await scoring.next()
  while (!next.done) next = await scoring.next()
  await model.release()
  return next.value.map(({ logp }) => logp)
}

const expectEqual = (found: Float32Array, expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length)
  // Float32 sums of the same batches, in another order at most.
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 4)
}

test('training and its opponent take the frequencies of the longest training row', async () => {
  const of = { short: await scored(short, 16), long: await scored(short, 64) }
  expect(Math.abs(of.short[0]! - of.long[0]!)).toBeGreaterThan(1e-3) // so the test can tell them apart
  const first = await finetune(short)
  expectEqual(first.opponent, of.short)
  expect(first.step0Loss).toBeCloseTo(Math.LN2, 6)
  const oneLong = [...short, pair(5, 'nothing that ends soon, at all')]
  const second = await finetune(oneLong)
  expectEqual(second.opponent, await scored(oneLong, 64))
  expect(second.step0Loss).toBeCloseTo(Math.LN2, 6)
})

test('they take those that the opponent answered with, where these are longer', async () => {
  const { opponent, step0Loss } = await finetune(short, { contextLength: 64 })
  expectEqual(opponent, await scored(short, 64))
  expect(step0Loss).toBeCloseTo(Math.LN2, 6)
})

test('generation takes those of its longest prompt and answer, human answers and the other split included', async () => {
  const settings = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 12, batchSize: 4 }
  const { renderer, tokenizer } = await openModel(modelDir, 'chat')
  const answersFor = async (contextLength: number): Promise<string[]> => {
    const { config, weights } = openFamily('phi3', contextLength)
    const decoder = new Decoder({ config, weights, eosIds }, settings, 1)
    const answers: string[] = []
    const prompts = short.map(({ prompt }) => ({ ids: renderer.prompt(prompt), seed: 0 }))
    for await (const { answered } of decoder.answers(prompts))
      for (const { index, answer } of answered)
        answers[index] = tokenizer.decode(answer.ids, { skipSpecial: true })
    await decoder.release()
    return answers
  }
  const generate = async (rows: readonly PairRow[], contextLength?: number) => {
    const outDir = join(home, `generated-${runs++}`)
    const request = GenerateRequest.parse({
      modelDir,
      dataPath: await pairsFile(rows),
      outDir,
      split: 'train',
      fracLen: 0,
      settings,
      ...(contextLength === undefined ? {} : { contextLength }),
    })
    for await (const event of generateStage(request, signal)) {
      if (event.kind !== 'done') continue
      const lines = readFileSync(event.fractions[0]!.path, 'utf8').trim().split('\n')
      const answers = lines.map((line) => FractionRow.parse(JSON.parse(line)).generated.at(-1)!.content)
      return { contextLength: event.contextLength, answers: answers.slice(0, short.length) }
    }
    throw new Error('no result')
  }
  const [brief, lengthy] = [await answersFor(16), await answersFor(64)]
  expect(brief).not.toEqual(lengthy) // so the test can tell them apart
  const promptLength = renderer.prompt(short[0]!.prompt).length
  const long = pair(5, 'nothing that ends soon, at all')
  const humanLength = renderer.response(long.prompt, long.real, 'stop').length
  expect(promptLength + 12).toBeLessThanOrEqual(32)
  expect(promptLength + humanLength).toBeGreaterThan(32)
  expect(await generate(short)).toEqual({ contextLength: promptLength + 12, answers: brief })
  expect(await generate([...short, long])).toEqual({
    contextLength: promptLength + humanLength,
    answers: lengthy,
  })
  expect(await generate(short, 64)).toEqual({ contextLength: 64, answers: lengthy })
})

test('a model with one set of frequencies for every length is taken as it is, and nothing is measured', async () => {
  const { folder } = await openModel(join(modelDir, '../../llama31/model'), 'chat')
  const measured = inContext(folder, () => expect.fail('measured'))
  expect(measured).toEqual({ folder, contextLength: null })
})
