import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import {
  type Answer,
  Decoder,
  type DecodedPart,
  type DecoderModel,
  type DecoderOptions,
  type DecoderSettings,
  type Prompt,
} from '../../../src/engine/generation/decoder.ts'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import { openGoldenModel } from '../../golden/golden-model.ts'
import { randomTokens, randomWeights, writeWeights } from '../scoring/random-llama.ts'
import { fusedConfig, mixedConfig, severalEos, wideConfig } from './decoder-models.ts'

export interface OpenedModel {
  model: DecoderModel
  layered: LayeredModel
}

export const modelNames = ['tied', 'biased', 'wide', 'mixed', 'fused'] as const

/** Two golden models and three with random weights, which lie in `dir`. */
export async function openModels(dir: string): Promise<Map<string, OpenedModel>> {
  const opened = new Map<string, OpenedModel>()
  for (const [name, config] of Object.entries({ wide: wideConfig, mixed: mixedConfig, fused: fusedConfig })) {
    const parameters = randomWeights(config, 5)
    const weights = await writeWeights(join(dir, `${name}.safetensors`), config, parameters)
    opened.set(name, {
      model: { config, eosIds: severalEos, weights },
      layered: new LayeredModel(config, parameters, 1),
    })
  }
  for (const name of ['tied', 'biased'] as const) {
    const { model: layered, ...model } = openGoldenModel(name)
    opened.set(name, { model, layered })
  }
  return opened
}

/** The same models for the tests of a file, or of a describe, without the layers' programs. */
export function useModels(): ReadonlyMap<string, DecoderModel> {
  const dir = mkdtempSync(join(tmpdir(), 'spin-decoder-models-'))
  const models = new Map<string, DecoderModel>()
  beforeAll(async () => {
    for (const [name, { model, layered }] of await openModels(dir)) {
      models.set(name, model)
      await layered.release()
    }
  })
  afterAll(() => rmSync(dir, { recursive: true }))
  return models
}

export const greedy: DecoderSettings = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 14, batchSize: 4 }
export const sampled: DecoderSettings = { ...greedy, temperature: 1 }
export const prompts = (lengths: readonly number[], vocab: number): Prompt[] =>
  lengths.map((length, i) => ({ ids: randomTokens(length, 70 + i, vocab), seed: 1000 + i }))

export async function collect(parts: AsyncIterable<DecodedPart>): Promise<DecodedPart[]> {
  const all: DecodedPart[] = []
  for await (const part of parts) all.push(part)
  return all
}

export async function partsOf(
  model: DecoderModel,
  settings: DecoderSettings,
  asked: readonly Prompt[],
  options: DecoderOptions = {},
): Promise<DecodedPart[]> {
  const decoder = new Decoder(model, settings, 1, options)
  const parts = await collect(decoder.answers(asked))
  await decoder.release()
  return parts
}

/** In the order of the prompts. */
export function inOrder(parts: readonly DecodedPart[]): Answer[] {
  const answers: Answer[] = []
  for (const { index, answer } of parts.flatMap(({ answered }) => answered)) {
    expect(answers[index]).toBeUndefined()
    answers[index] = answer
  }
  return answers
}

export const answerAll = async (...asked: Parameters<typeof partsOf>): Promise<Answer[]> =>
  inOrder(await partsOf(...asked))

export const settingsUnderTest: [string, DecoderSettings][] = [
  ['greedy', greedy],
  ['temperature 1', sampled],
  ['temperature 0.6', { ...sampled, temperature: 0.6 }],
  ['top-k 5', { ...sampled, topK: 5 }],
  ['top-k 1, which is greedy', { ...sampled, topK: 1 }],
  ['top-p 0.7', { ...sampled, topP: 0.7 }],
  ['temperature 1.5, top-k 30, top-p 0.9', { ...sampled, temperature: 1.5, topK: 30, topP: 0.9 }],
  ['one token', { ...sampled, maxNewTokens: 1 }],
]
