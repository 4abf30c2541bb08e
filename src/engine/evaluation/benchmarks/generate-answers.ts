import type { BenchmarkProfile } from '../../../contract/benchmarks.ts'
import { type Answer, Decoder, type DecoderModel, type Prompt } from '../../generation/decoder.ts'
import { engineThreads } from '../../model/engine-threads.ts'
import type { GenerationDevice } from '../../generation/step-model.ts'
import type { TextTokenizer } from '../../text/tokenizer.ts'
import { isChoiceQuestion, ofQuestion } from './choice-batches.ts'
import type { EncodedPrompt, RequestEncoder } from './request-encoder.ts'
import type { AnsweredQuestion } from './score-choices.ts'
import type { GenerationRequest, TaskQuestion } from './task.ts'

/** A question that the model answers in its own words. */
export type GeneratedQuestion = TaskQuestion & { requests: GenerationRequest }

export const isGeneratedQuestion = (question: TaskQuestion): question is GeneratedQuestion =>
  !isChoiceQuestion(question)

/** What a model's generation settings say of EOS. */
export interface AnsweringModel extends DecoderModel {
  generation: { eosTokenIds: readonly number[] }
  config: DecoderModel['config'] & { eosTokenIds: readonly number[] }
}

export interface GenerateAnswersOptions {
  tokenizer: TextTokenizer
  profile: BenchmarkProfile
  encoder: RequestEncoder
  /** Answers at once, at most. */
  batchSize: number
  /** See DecoderOptions. */
  device?: GenerationDevice | null
  onWarning?: (message: string) => void
}

/** Ended answers are passed on, and so on disk, this often. */
const callMs = 1000

/**
 * Greedy answers, each cut before the first of its stops, in no particular order. Yields about every second,
 * if nothing ended an empty list. An answer depends on the model and its prompt alone. Throws BAD_INPUT, OUT_OF_MEMORY.
 */
export async function* generateAnswers(
  model: AnsweringModel,
  questions: readonly GeneratedQuestion[],
  { tokenizer, profile, encoder, batchSize, device = null, onWarning }: GenerateAnswersOptions,
): AsyncGenerator<AnsweredQuestion[]> {
  if (questions.length === 0) return
  const textOf = ({ ids, eosId }: Pick<Answer, 'ids' | 'eosId'>): string =>
    // 0.4.0 decodes special tokens too, that which ended the answer included.
    profile === 'harness-0.4.0'
      ? tokenizer.decode(eosId === null ? ids : [...ids, eosId])
      : tokenizer.decode(ids, { skipSpecial: true })
  const encoded = questions.map((question) => encodePrompt(question, encoder))
  const prompts = questions.map(({ requests: { stops } }, i): Prompt => ({
    ids: encoded[i]!.ids,
    seed: 0,
    maxNewTokens: encoded[i]!.maxNewTokens,
    isEnded: (ids) => {
      const text = textOf({ ids: [...ids], eosId: null })
      return stops.some((stop) => stop !== '' && text.includes(stop))
    },
  }))
  const settings = {
    temperature: 0,
    topK: 0,
    topP: 1,
    maxNewTokens: encoded.reduce((most, { maxNewTokens }) => Math.max(most, maxNewTokens), 1),
    batchSize,
  }
  const eosIds = endTokens(model, tokenizer, profile)
  const decoder = new Decoder({ ...model, eosIds }, settings, engineThreads(model.config), {
    callMs,
    device,
    ...(onWarning ? { onWarning } : {}),
  })
  try {
    for await (const { answered } of decoder.answers(prompts)) {
      yield answered.map(({ index, answer }) => ({
        question: questions[index]!,
        answer: {
          logLikelihoods: [],
          greedy: [],
          response: cutAtStops(textOf(answer), questions[index]!.requests.stops),
        },
        promptTokens: encoded[index]!.ids.length,
        truncated: encoded[index]!.truncated,
      }))
    }
  } finally {
    await decoder.release()
  }
}

/** The text before the first of the stops. */
export function cutAtStops(text: string, stops: readonly string[]): string {
  let cut = text
  for (const stop of stops) if (stop !== '') cut = cut.split(stop, 1)[0]!
  return cut
}

/**
 * What ends an answer in transformers' `generate`: the generation settings' EOS or, where they name none, config.json's;
 * versions after 0.4.0 also stop at the tokenizer's. No end of turn that only a chat template knows.
 */
function endTokens(model: AnsweringModel, tokenizer: TextTokenizer, profile: BenchmarkProfile): number[] {
  const stated = model.generation.eosTokenIds.length > 0 ? model.generation : model.config
  const ids = new Set(stated.eosTokenIds)
  const own = tokenizer.eosToken === undefined ? undefined : tokenizer.tokenId(tokenizer.eosToken)
  if (own !== undefined && (profile !== 'harness-0.4.0' || ids.size === 0)) ids.add(own)
  return [...ids]
}

function encodePrompt({ task, index, requests }: GeneratedQuestion, encoder: RequestEncoder): EncodedPrompt {
  try {
    return encoder.prompt(requests)
  } catch (error) {
    throw ofQuestion(error, task, index)
  }
}
