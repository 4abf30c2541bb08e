import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Judging, judgingContract, JudgingsView } from '../../contract/app/judging.ts'
import { baseIteration, sftIteration } from '../../contract/project.ts'
import type { Handlers } from '../../ipc/server.ts'
import { programFiles } from '../program-files.ts'
import { modelDirOf, openRecord } from '../results/results.ts'
import type { Services } from '../services.ts'
import { watchView } from '../watch-view.ts'
import { judgeCases } from './judge-cases.ts'
import { judgeCost } from './judge-cost.ts'
import { exportJudging } from './judge-export.ts'
import { importVerdicts } from './judge-import.ts'
import { JudgeKey } from './judge-key.ts'
import { createJudgeKeys } from './judge-keys.ts'
import { judgedTurn, judgedTurns } from './judged-turns.ts'
import { openJudgingFolder } from './judging-folder.ts'
import { logProbOfRun } from './log-prob-of-run.ts'
import { parseJudging, readJudging } from './judging-record.ts'
import { questionFile } from './question-file.ts'
import { openVerdictJournal, readVerdicts, verdictsPath } from './verdict-journal.ts'

type Scope = Pick<Services, 'app' | 'bell' | 'judgings'>

export function createJudgingHandlers({ app, bell, judgings }: Scope): Handlers<typeof judgingContract> {
  const { store } = app
  const keys = createJudgeKeys()

  function open(id: number, judge?: string) {
    const recorded = readJudging(store, id)
    const folder = openJudgingFolder(recorded.dir)
    const name = judge ?? recorded.row.judge ?? ''
    const journalPath = verdictsPath(folder.judgmentDir, name)
    return { recorded, folder, name, journalPath, verdicts: () => readVerdicts(journalPath).verdicts }
  }

  return {
    calls: {
      judgeQuestions: ({ path }) => {
        const { questions } = questionFile(path ?? programFiles.judgeQuestionsPath)
        const counts = new Map<string, number>()
        for (const { category } of questions) counts.set(category, (counts.get(category) ?? 0) + 1)
        return {
          questions: questions.length,
          categories: [...counts].map(([name, count]) => ({ name, questions: count })),
          references: questions.filter(({ reference }) => (reference?.length ?? 0) > 0).length,
        }
      },
      startJudging: (choice) => ({ id: judgings.start(choice) }),
      resumeAnswers: ({ id }) => {
        judgings.resumeAnswers(id)
        return {}
      },
      judgingCost: ({ id, endpoint, prices }) => {
        const { recorded, folder, verdicts } = open(id, endpoint.model)
        const cases = judgeCases(folder, recorded.task, endpoint.model)
        return judgeCost(cases, verdicts(), { maxTokens: endpoint.maxTokens, prices })
      },
      setJudgeKey: ({ baseUrl, key }) => {
        keys.set(baseUrl, key)
        return {}
      },
      judgeKeyHeld: ({ baseUrl }) => ({ held: keys.get(baseUrl) !== null }),
      beginJudging: ({ id, endpoint, prices, keyVariable }) => {
        const key =
          keyVariable === null ? keys.get(endpoint.baseUrl) : JudgeKey.fromVariable(keyVariable, process.env)
        judgings.begin(id, { endpoint, prices, key })
        return {}
      },
      pauseJudging: ({ id }) => {
        judgings.pause(id)
        return {}
      },
      removeJudging: async ({ id }) => {
        await judgings.remove(id)
        return {}
      },
      judgedTurns: ({ id, modelId }) => {
        const { recorded, folder, name, verdicts } = open(id)
        return { turns: judgedTurns(folder, recorded.task, modelId, name, verdicts()) }
      },
      judgedTurn: ({ id, ...asked }) => {
        const { recorded, folder, name, verdicts } = open(id)
        return judgedTurn(folder, recorded.task, asked, name, verdicts())
      },
      exportJudging: ({ id, request }) => {
        const { recorded, folder, verdicts } = open(id, request.model)
        const cases = judgeCases(folder, recorded.task, request.model)
        const dir = join(folder.dir, 'export')
        const { requests } = exportJudging(folder, cases, verdicts(), request, dir)
        return { dir, requests }
      },
      importVerdicts: ({ id, path, judge }) => {
        const { recorded, folder, journalPath } = open(id, judge)
        const cases = judgeCases(folder, recorded.task, judge)
        const journal = openVerdictJournal(journalPath)
        try {
          const { verdicts, failed, foreign } = importVerdicts(path, cases, journal.verdicts, judge)
          journal.append(verdicts)
          store.setJudgingJudge(id, { ...recorded.row, judge })
          return { taken: verdicts.length, failed, foreign }
        } finally {
          journal.close()
          judgings.settle(readJudging(store, id), judge)
          bell.ring()
        }
      },
    },
    streams: {
      logProbPreference: (asked, signal) => logProbOfRun(app, asked, signal),
      watchJudgings: ({ runId }, signal) => watchView(bell, () => judgingsView(runId), signal),
    },
  }

  function judgingsView(runId: number): JudgingsView {
    const { projectDir } = openRecord(store, runId)
    const made = store.iterations(runId).map(({ iteration }) => iteration)
    const candidates = [baseIteration, sftIteration, ...made.filter((one) => one > baseIteration)]
    return {
      runId,
      models: candidates.flatMap((iteration) => {
        try {
          return [{ iteration, exists: existsSync(modelDirOf(store, runId, iteration)) }]
        } catch {
          return [] // it has no model
        }
      }),
      judgings: store.judgingsOf(runId).map((row): Judging => {
        const { choice, models, dir, endpoint, prices, result } = parseJudging(row, projectDir)
        return {
          id: row.id,
          choice,
          models,
          questions: row.questions,
          state: row.state,
          answered: row.answered === 1,
          problem: row.problem,
          progress: judgings.live(row.id)?.progress ?? null,
          judge: row.judge,
          endpoint,
          prices,
          spent: result?.spent ?? null,
          summary: result?.summary ?? null,
          dir,
          createdAt: row.createdAt,
          finishedAt: row.finishedAt,
        }
      }),
    }
  }
}
