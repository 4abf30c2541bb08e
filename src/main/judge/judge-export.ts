import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { JudgeRequest, Verdict } from '../../contract/judge.ts'
import { fileError } from '../file-error.ts'
import { replaceFile } from '../replace-file.ts'
import type { IdenticalTurn, JudgeCase, JudgeCases } from './judge-cases.ts'
import { requestBody } from './judge-client.ts'
import type { JudgingFolder } from './judging-folder.ts'
import { readVerdict } from './read-verdict.ts'

/**
 * Writes what a judge elsewhere needs, into `outDir`: `prompts.jsonl` ({id, prompt}), `batch.jsonl` (the batch API's requests),
 * and FastChat's `reference_answer/reference.jsonl`. `question.jsonl` and `model_answer/` are FastChat's files already. Cases
 * with a verdict are left out. Returns the paths and how many requests they hold.
 */
export function exportJudging(
  folder: JudgingFolder,
  { cases }: JudgeCases,
  verdicts: ReadonlyMap<string, Verdict>,
  request: JudgeRequest,
  outDir: string,
): { paths: string[]; requests: number } {
  const open = [...new Map(cases.map((one) => [one.id, one])).values()].filter(({ id }) => !verdicts.has(id))
  const prompts = open.map(({ id, prompt }) => ({ id, prompt }))
  const batch = open.map(({ id, prompt }) => ({
    custom_id: id,
    method: 'POST',
    url: '/v1/chat/completions',
    body: requestBody(request, prompt),
  }))
  const references = folder.questions().flatMap(({ question_id, reference }) =>
    reference
      ? [
          {
            question_id,
            answer_id: `reference-${question_id}`,
            model_id: 'reference',
            choices: [{ index: 0, turns: reference }],
            tstamp: 0,
          },
        ]
      : [],
  )
  const paths = [
    write(join(outDir, 'prompts.jsonl'), prompts),
    write(join(outDir, 'batch.jsonl'), batch),
    ...(references.length > 0
      ? [write(join(outDir, 'reference_answer', 'reference.jsonl'), references)]
      : []),
  ]
  return { paths, requests: open.length }
}

/**
 * The verdicts in FastChat's `model_judgment` shapes, which its show_result reads: `<judge>_single.jsonl`, or `<judge>_pair.jsonl`
 * with one line for both orders. Returns the path.
 */
export function writeFastChatJudgments(
  folder: JudgingFolder,
  { cases, identical }: JudgeCases,
  verdicts: ReadonlyMap<string, Verdict>,
  judge: string,
): string {
  const name = judge.replaceAll(/[^\w.-]+/g, '_')
  const isPairwise = identical.length > 0 || cases.some(({ mode }) => mode === 'pairwise')
  const rows = isPairwise
    ? [...pairRows(cases, verdicts, judge), ...identical.map((turn) => identicalRow(turn, judge))]
    : singleRows(cases, verdicts, judge)
  return write(join(folder.judgmentDir, `${name}_${isPairwise ? 'pair' : 'single'}.jsonl`), rows)
}

const seconds = (verdict: Verdict): number => verdict.at / 1000

function singleRows(
  cases: readonly JudgeCase[],
  verdicts: ReadonlyMap<string, Verdict>,
  judge: string,
): object[] {
  return cases.flatMap((one) => {
    const verdict = verdicts.get(one.id)
    if (!verdict) return []
    return [
      {
        question_id: one.question_id,
        model: one.model_1,
        judge: [judge, 'spin-studio-single'],
        user_prompt: one.prompt,
        judgment: verdict.reply,
        score: readVerdict(verdict.reply, one).score ?? -1, // FastChat's mark of an unreadable one
        turn: one.turn,
        tstamp: seconds(verdict),
      },
    ]
  })
}

function pairRows(
  cases: readonly JudgeCase[],
  verdicts: ReadonlyMap<string, Verdict>,
  judge: string,
): object[] {
  const placeOf = (one: JudgeCase): string =>
    JSON.stringify([one.question_id, one.turn, one.model_1, one.model_2])
  const swappedOf = new Map(cases.filter((one) => one.swapped).map((one) => [placeOf(one), one]))
  return cases.flatMap((direct) => {
    const swapped = direct.swapped ? undefined : swappedOf.get(placeOf(direct))
    const [g1, g2] = [verdicts.get(direct.id), swapped && verdicts.get(swapped.id)]
    if (!swapped || !g1 || !g2) return []
    return [
      {
        question_id: direct.question_id,
        model_1: direct.model_1,
        model_2: direct.model_2,
        g1_winner: readVerdict(g1.reply, direct).winner ?? 'error',
        g2_winner: readVerdict(g2.reply, swapped).winner ?? 'error',
        judge: [judge, 'spin-studio-pair'],
        g1_user_prompt: direct.prompt,
        g1_judgment: g1.reply,
        g2_user_prompt: swapped.prompt,
        g2_judgment: g2.reply,
        turn: direct.turn,
        tstamp: seconds(g2),
      },
    ]
  })
}

function identicalRow({ question_id, model_1, model_2, turn }: IdenticalTurn, judge: string): object {
  const same = 'The two answers are the same text; nobody was asked.'
  return {
    question_id,
    model_1,
    model_2,
    g1_winner: 'tie',
    g2_winner: 'tie',
    judge: [judge, 'spin-studio-pair'],
    g1_user_prompt: '',
    g1_judgment: same,
    g2_user_prompt: '',
    g2_judgment: same,
    turn,
    tstamp: 0,
  }
}

function write(path: string, rows: readonly object[]): string {
  try {
    mkdirSync(dirname(path), { recursive: true })
    replaceFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  } catch (error) {
    throw fileError(error, path)
  }
  return path
}
