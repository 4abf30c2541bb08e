import { existsSync, rmSync } from 'node:fs'
import type { z } from 'zod'
import type { JudgingChoice } from '../../contract/app/judging.ts'
import type { LogEvent, Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { JudgeEndpoint, JudgePrices } from '../../contract/judge.ts'
import { judgingWords as words } from '../../strings/judging.ts'
import type { ChangeBell } from '../change-bell.ts'
import { fileError } from '../file-error.ts'
import type { EngineAccess } from '../loop/engine-access.ts'
import { toPortable } from '../loop/portable-paths.ts'
import { programFiles } from '../program-files.ts'
import { modelDirOf, openRecord } from '../results/results.ts'
import type { RunBoard } from '../runs/run-board.ts'
import type { Store } from '../store/store.ts'
import { nextLook } from '../watch-view.ts'
import { judgeCases } from './judge-cases.ts'
import { createJudgeClient } from './judge-client.ts'
import { writeFastChatJudgments } from './judge-export.ts'
import type { JudgeKey } from './judge-key.ts'
import { summarizeJudge } from './judge-summary.ts'
import { openJudgingFolder } from './judging-folder.ts'
import {
  answerSettings,
  judgingDir,
  parseJudging,
  readJudging,
  type RecordedJudging,
  spentOn,
} from './judging-record.ts'
import { questionFile } from './question-file.ts'
import { runJudge } from './run-judge.ts'
import { openVerdictJournal, readVerdicts, verdictsPath } from './verdict-journal.ts'

export interface JudgingServices {
  store: Store
  evaluator: EngineAccess
  bell: ChangeBell
  board: Pick<RunBoard, 'live'>
}

export interface LiveJudging {
  progress: Progress | null
  /** Of the model whose answers are made; null before that, and while the judge is asked. */
  iteration: number | null
}

/** Judgings at work, a promise each; what they have done is in files and in the record. */
export interface Judgings {
  /** Records it and lets the models answer. @returns its id */
  start(choice: z.output<typeof JudgingChoice>): number
  resumeAnswers(id: number): void
  begin(
    id: number,
    judge: { endpoint: JudgeEndpoint; prices: JudgePrices | null; key: JudgeKey | null },
  ): void
  pause(id: number): void
  remove(id: number): Promise<void>
  /** What is known of one that is at work; null = it is not. */
  live(id: number): LiveJudging | null
  /** The first of those that do not wait for their turn. */
  atWork(): (LiveJudging & { id: number }) | null
  /** Records what the verdicts on disk say now. */
  settle(recorded: RecordedJudging, judge: string): void
  close(): Promise<void>
}

interface Work extends LiveJudging {
  abort: AbortController
  done: Promise<void>
}

export function createJudgings({ store, evaluator, bell, board }: JudgingServices): Judgings {
  const works = new Map<number, Work>()
  store.pauseJudgings()

  function work(id: number, doing: (signal: AbortSignal, own: LiveJudging) => Promise<void>): void {
    if (works.has(id)) throw new AppError('BUSY', 'This judging is at work already. Wait, or pause it first.')
    const abort = new AbortController()
    const own: Work = { progress: null, iteration: null, abort, done: Promise.resolve() }
    works.set(id, own)
    own.done = doing(abort.signal, own)
      .catch((error: unknown) => {
        if (abort.signal.aborted) store.setJudgingState(id, 'paused')
        else store.setJudgingState(id, 'failed', error instanceof Error ? error.message : String(error))
        if (!(error instanceof AppError)) console.error(error)
      })
      .finally(() => {
        works.delete(id)
        bell.ring()
      })
    bell.ring()
  }

  const show = (own: LiveJudging, progress: Progress): void => {
    own.progress = progress
    bell.ring()
  }

  /** Waits for a run and for whatever else the engine measures, then gives its events. */
  async function* whenFree(
    input: Parameters<typeof askEngine>[0],
    signal: AbortSignal,
    own: LiveJudging,
  ): AsyncGenerator<LogEvent | Progress> {
    for (;;) {
      const isTraining = board.live() !== null
      try {
        if (!isTraining) {
          yield* askEngine(input, signal)
          return
        }
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'BUSY') throw error
      }
      show(own, waitingProgress(isTraining ? words.waitingForRun : words.waitingForEngine))
      await nextLook(bell, signal)
      signal.throwIfAborted()
    }
  }

  async function* askEngine(
    input: { modelDir: string; modelId: string; questionsPath: string; outDir: string; settings: object },
    signal: AbortSignal,
  ): AsyncGenerator<LogEvent | Progress> {
    for await (const event of evaluator.stream('answerQuestions', input, { signal }))
      if (event.kind !== 'done') yield event
  }

  async function answer(id: number, signal: AbortSignal, own: LiveJudging): Promise<void> {
    const { row, choice, models, dir } = readJudging(store, id)
    const folder = openJudgingFolder(dir)
    for (const { iteration, modelId } of models) {
      const modelDir = modelDirOf(store, row.runId, iteration)
      const settings = answerSettings(choice)
      const { questionsPath, answersDir: outDir } = folder
      store.setJudgingState(id, 'waiting')
      const input = { modelDir, modelId, questionsPath, outDir, settings }
      for await (const event of whenFree(input, signal, own)) {
        if (event.kind !== 'progress') continue
        if (store.judging(id)?.state === 'waiting') store.setJudgingState(id, 'answering')
        own.iteration = iteration
        show(own, { ...event, stage: words.answering(modelId) })
      }
    }
    store.setJudgingAnswered(id)
  }

  function settle(recorded: RecordedJudging, judge: string): void {
    const { row, task, dir, prices } = recorded
    const folder = openJudgingFolder(dir)
    const cases = judgeCases(folder, task, judge)
    const { verdicts } = readVerdicts(verdictsPath(folder.judgmentDir, judge))
    const result = { summary: summarizeJudge(cases, verdicts), spent: spentOn(cases, verdicts, prices) }
    const open = cases.cases.filter((one) => !verdicts.has(one.id)).length
    store.setJudgingResult(row.id, JSON.stringify(result), open === 0 ? Date.now() : null)
    if (open === 0) store.setJudgingState(row.id, 'done')
    writeFastChatJudgments(folder, cases, verdicts, judge)
  }

  async function judge(
    recorded: RecordedJudging,
    endpoint: JudgeEndpoint,
    key: JudgeKey | null,
    signal: AbortSignal,
    own: LiveJudging,
  ): Promise<void> {
    const folder = openJudgingFolder(recorded.dir)
    const client = createJudgeClient(endpoint, key)
    const cases = judgeCases(folder, recorded.task, endpoint.model)
    const journal = openVerdictJournal(verdictsPath(folder.judgmentDir, endpoint.model))
    const total = new Set(cases.cases.map(({ id }) => id)).size
    const known = [...new Set(cases.cases.map(({ id }) => id))].filter((id) =>
      journal.verdicts.has(id),
    ).length
    let done = known
    const startedAt = performance.now()
    const progress = (): Progress => {
      const made = done - known
      const rate = made < 3 ? null : made / ((performance.now() - startedAt) / 1000)
      const { judging: stage, requests: unit } = words
      return { kind: 'progress', stage, done, total, unit, rate, tokensPerSecond: null }
    }
    show(own, progress())
    try {
      await runJudge({
        cases: cases.cases,
        client,
        judge: endpoint.model,
        journal,
        concurrency: endpoint.concurrency,
        signal,
        onVerdict() {
          done++
          show(own, progress())
        },
      })
    } finally {
      journal.close()
      settle(recorded, endpoint.model)
    }
  }

  return {
    live: (id) => works.get(id) ?? null,
    atWork() {
      const found = [...works].find(([id]) => store.judging(id)?.state !== 'waiting')
      return found ? { id: found[0], ...found[1] } : null
    },
    settle,
    start(choice) {
      const { projectDir } = openRecord(store, choice.runId)
      const { text, questions, path } = questionFile(choice.questionsPath ?? programFiles.judgeQuestionsPath)
      const dir = judgingDir(projectDir, choice, text)
      const recorded = {
        runId: choice.runId,
        dir: String(toPortable(dir, projectDir)),
        choice: JSON.stringify(choice),
        questions: choice.limit === null ? questions.length : limited(questions, choice.limit),
        createdAt: Date.now(),
      }
      const { models } = parseJudging(
        {
          ...recorded,
          id: 0,
          answered: 0,
          judge: null,
          endpoint: null,
          prices: null,
          state: 'waiting',
          problem: null,
          result: null,
          finishedAt: null,
        },
        projectDir,
      )
      if (choice.mode === 'pairwise' && models.length < 2)
        throw new AppError(
          'BAD_INPUT',
          'A comparison needs two models. Choose another one beside the baseline.',
        )
      for (const { iteration } of models) modelDirOf(store, choice.runId, iteration)
      openJudgingFolder(dir).keepQuestions(path)
      const id = store.addJudging(recorded)
      work(id, (signal, own) => answer(id, signal, own))
      return id
    },
    resumeAnswers(id) {
      const { row } = readJudging(store, id)
      if (row.answered) return
      work(id, (signal, own) => answer(id, signal, own))
    },
    begin(id, { endpoint, prices, key }) {
      const { row } = readJudging(store, id)
      if (!row.answered)
        throw new AppError(
          'BAD_INPUT',
          'The models have not answered all questions yet. Let them answer first.',
        )
      createJudgeClient(endpoint, key) // an address that cannot be is told at once
      // Two at once would not know of each other's verdicts, and could pay for the same one.
      const isShared = store
        .judgingsOf(row.runId)
        .some((other) => other.id !== id && other.state === 'judging' && other.dir === row.dir)
      if (isShared)
        throw new AppError(
          'BUSY',
          'Another judging asks about the same answers now. Wait for it or pause it, then begin.',
        )
      work(id, async (signal, own) => {
        store.setJudgingJudge(id, {
          judge: endpoint.model,
          endpoint: JSON.stringify(endpoint),
          prices: prices && JSON.stringify(prices),
        })
        store.setJudgingState(id, 'judging')
        await judge(readJudging(store, id), endpoint, key, signal, own)
      })
    },
    pause(id) {
      works.get(id)?.abort.abort(new AppError('CANCELLED', 'Judging was paused.'))
    },
    async remove(id) {
      const { row, dir } = readJudging(store, id)
      works.get(id)?.abort.abort(new AppError('CANCELLED', 'Judging was removed.'))
      await works.get(id)?.done
      const others = store.judgingsOf(row.runId).filter((other) => other.id !== id && other.dir === row.dir)
      try {
        if (others.length === 0 && existsSync(dir)) rmSync(dir, { recursive: true })
      } catch (error) {
        throw fileError(error, dir)
      }
      store.removeJudging(id)
      bell.ring()
    },
    async close() {
      for (const { abort } of works.values())
        abort.abort(new AppError('CANCELLED', 'The program is closing.'))
      await Promise.all([...works.values()].map(({ done }) => done))
    },
  }
}

function limited(questions: readonly { category: string }[], limit: number): number {
  const counts = new Map<string, number>()
  for (const { category } of questions) counts.set(category, (counts.get(category) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum + Math.min(count, limit), 0)
}

const waitingProgress = (stage: string): Progress => ({
  kind: 'progress',
  stage,
  done: 0,
  total: 0,
  unit: '',
  rate: null,
  tokensPerSecond: null,
})
