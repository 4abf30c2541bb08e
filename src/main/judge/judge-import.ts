import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import type { Verdict } from '../../contract/judge.ts'
import { parseLines, QuestionId } from '../../contract/judging.ts'
import type { JudgeCase, JudgeCases } from './judge-cases.ts'
import { type JudgeReply, readCompletion } from './judge-client.ts'
import { readText } from './read-text.ts'
import { verdictOf } from './run-judge.ts'

/** A line that the batch API gives back. */
const BatchLine = z.looseObject({
  custom_id: z.string(),
  response: z.looseObject({ status_code: z.number(), body: z.unknown() }).nullish(),
})
/** A line that anything else may write for a line of `prompts.jsonl`. */
const PlainLine = z.looseObject({ id: z.string(), reply: z.string() })
/** Lines of FastChat's gen_judgment. */
const FastChatSingle = z.looseObject({
  question_id: QuestionId,
  model: z.string(),
  turn: z.number(),
  judgment: z.string(),
  score: z.number(),
})
const FastChatPair = z.looseObject({
  question_id: QuestionId,
  model_1: z.string(),
  model_2: z.string(),
  turn: z.number(),
  g1_judgment: z.string(),
  g2_judgment: z.string(),
})
const Line = z.union([BatchLine, PlainLine, FastChatPair, FastChatSingle])

export interface Imported {
  verdicts: Verdict[]
  /** Lines of failed requests, and lines about none of the cases. */
  failed: number
  foreign: number
}

/**
 * Verdicts that were given elsewhere: the output of a batch, lines of {id, reply}, or FastChat's judgments (in which the first
 * game shows model_1's answer first). Cases that have a verdict keep it. Throws FILE_UNREADABLE naming the line.
 */
export function importVerdicts(
  path: string,
  { cases }: JudgeCases,
  known: ReadonlyMap<string, Verdict>,
  judge: string,
): Imported {
  const byId = new Map(cases.map((one) => [one.id, one]))
  const byPlace = new Map(cases.map((one) => [placeOf(one), one]))
  const found = new Map<string, Verdict>()
  let [failed, foreign] = [0, 0]
  const take = (one: JudgeCase | undefined, reply: JudgeReply): void => {
    if (!one) foreign++
    else if (!known.has(one.id)) found.set(one.id, verdictOf(one, reply, judge))
  }
  for (const line of parseLines(
    readText(path),
    path,
    Line,
    'a reply of a batch, {id, reply}, or a judgment of FastChat',
  )) {
    if ('custom_id' in line) {
      const { response } = line as z.infer<typeof BatchLine>
      if (response?.status_code !== 200) failed++
      else take(byId.get(line.custom_id as string), completionIn(response.body, path))
    } else if ('reply' in line) {
      take(byId.get(line.id as string), plain(line.reply as string))
    } else if ('model_1' in line) {
      const { question_id, turn, model_1, model_2, g1_judgment, g2_judgment } = line as z.infer<
        typeof FastChatPair
      >
      const at = (a: string, b: string, swapped: boolean): JudgeCase | undefined =>
        byPlace.get(placeOf({ question_id, turn, model_1: a, model_2: b, swapped }))
      // The same pair may be named the other way round here; then its first game is our swapped one.
      take(at(model_1, model_2, false) ?? at(model_2, model_1, true), plain(g1_judgment))
      take(at(model_1, model_2, true) ?? at(model_2, model_1, false), plain(g2_judgment))
    } else {
      const { question_id, turn, model, judgment } = line as z.infer<typeof FastChatSingle>
      take(
        byPlace.get(placeOf({ question_id, turn, model_1: model, model_2: null, swapped: false })),
        plain(judgment),
      )
    }
  }
  return { verdicts: [...found.values()], failed, foreign }
}

const placeOf = ({
  question_id,
  turn,
  model_1,
  model_2,
  swapped,
}: Pick<JudgeCase, 'question_id' | 'turn' | 'model_1' | 'model_2' | 'swapped'>): string =>
  JSON.stringify([String(question_id), turn, model_1, model_2, swapped])

const plain = (text: string): JudgeReply => ({
  text,
  finish: null,
  promptTokens: null,
  completionTokens: null,
})

function completionIn(body: unknown, path: string): JudgeReply {
  try {
    return readCompletion(body, path)
  } catch (cause) {
    throw new AppError(
      'FILE_UNREADABLE',
      `${path} holds a reply that is no chat completion.`,
      { path },
      { cause },
    )
  }
}
