import type { JudgedTurn, JudgedTurnDetail } from '../../contract/app/judging.ts'
import { AppError } from '../../contract/errors.ts'
import type { JudgeTask, Verdict } from '../../contract/judge.ts'
import { type JudgeCase, judgeCases } from './judge-cases.ts'
import type { JudgingFolder } from './judging-folder.ts'
import { readVerdict } from './read-verdict.ts'

const textShown = 160

/** What became of every turn of a model, in the order of the questions. */
export function judgedTurns(
  folder: JudgingFolder,
  task: JudgeTask,
  modelId: string,
  judge: string,
  verdicts: ReadonlyMap<string, Verdict>,
): JudgedTurn[] {
  const { cases, identical } = judgeCases(folder, { ...task, models: [modelId] }, judge)
  const key = (of: { question_id: number | string; turn: number }): string => `${of.question_id}\n${of.turn}`
  const same = new Set(identical.map(key))
  return folder.questions().flatMap(({ question_id, category, turns }) =>
    turns.flatMap((text, i): JudgedTurn[] => {
      const turn = i + 1
      const place = { question_id, category, turn, text: text.slice(0, textShown) }
      const none = { outcome: null, agreed: null, score: null }
      if (same.has(key(place))) return [{ ...place, ...none, outcome: 'tie', state: 'identical' }]
      const own = cases.filter((one) => key(one) === key(place))
      if (own.length === 0) return [] // beyond the limit
      const replies = own.map((one) => verdicts.get(one.id))
      if (replies.some((reply) => reply === undefined)) return [{ ...place, ...none, state: 'open' }]
      return [{ ...place, ...outcomeOf(own, replies as Verdict[]) }]
    }),
  )
}

function outcomeOf(
  cases: readonly JudgeCase[],
  replies: readonly Verdict[],
): Pick<JudgedTurn, 'outcome' | 'agreed' | 'score' | 'state'> {
  const read = cases.map((one, i) => readVerdict(replies[i]!.reply, one))
  if (cases[0]!.mode === 'single') {
    const score = read[0]!.score
    return { outcome: null, agreed: null, score, state: score === null ? 'unreadable' : 'judged' }
  }
  const winners = read.map(({ winner }) => winner)
  if (winners.includes(null)) return { outcome: null, agreed: null, score: null, state: 'unreadable' }
  const agreed = winners.every((winner) => winner === winners[0])
  const outcome = !agreed || winners[0] === 'tie' ? 'tie' : winners[0] === 'model_1' ? 'win' : 'loss'
  return { outcome, agreed, score: null, state: 'judged' }
}

/** The texts of one turn and what the judge said of it. Throws BAD_INPUT for a turn that is not there. */
export function judgedTurn(
  folder: JudgingFolder,
  task: JudgeTask,
  asked: { modelId: string; question: number | string; turn: number },
  judge: string,
  verdicts: ReadonlyMap<string, Verdict>,
): JudgedTurnDetail {
  const { modelId, turn } = asked
  const question = folder
    .questions()
    .find(({ question_id }) => String(question_id) === String(asked.question))
  if (!question || turn > question.turns.length)
    throw new AppError('BAD_INPUT', `Expected a turn of a question, found ${asked.question}, ${turn}.`)
  const models = task.baseline === null ? [modelId] : [modelId, task.baseline]
  const { cases } = judgeCases(folder, { ...task, models: [modelId] }, judge)
  const own = cases.filter((one) => String(one.question_id) === String(asked.question) && one.turn === turn)
  return {
    turns: question.turns
      .slice(0, turn)
      .map((text, i) => ({ question: text, reference: question.reference?.[i] ?? null })),
    answers: models.map((id) => ({
      modelId: id,
      turns: (folder.answers(id).get(String(asked.question))?.choices[0]?.turns ?? []).slice(0, turn),
    })),
    replies: own.flatMap((one) => {
      const verdict = verdicts.get(one.id)
      if (!verdict) return []
      return [{ swapped: one.swapped, text: verdict.reply, ...readVerdict(verdict.reply, one) }]
    }),
  }
}
