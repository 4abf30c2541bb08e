import type { Judging } from '../../contract/app/judging.ts'
import type { Database } from './database.ts'

export interface JudgingRow {
  id: number
  runId: number
  dir: string // portable
  choice: string // JSON
  questions: number
  answered: 0 | 1
  judge: string | null // whose verdicts are shown
  endpoint: string | null // JSON, without a key
  prices: string | null // JSON
  state: Judging['state']
  problem: string | null
  result: string | null // JSON of summary and spent
  createdAt: number
  finishedAt: number | null
}

const columns = `id, run_id AS runId, dir, choice, questions, answered, judge, endpoint, prices, state, problem, result,
  created_at AS createdAt, finished_at AS finishedAt`

/** Judgings of runs' models. */
export function judgingQueries(db: Database) {
  const byId = db.prepare<[number], JudgingRow>(`SELECT ${columns} FROM judgings WHERE id = ?`)
  const ofRun = db.prepare<[number], JudgingRow>(
    `SELECT ${columns} FROM judgings WHERE run_id = ? ORDER BY id DESC`,
  )
  const insert = db.prepare<[Pick<JudgingRow, 'runId' | 'dir' | 'choice' | 'questions' | 'createdAt'>]>(
    `INSERT INTO judgings (run_id, dir, choice, questions, state, created_at)
     VALUES (@runId, @dir, @choice, @questions, 'waiting', @createdAt)`,
  )
  const setState = db.prepare<[Judging['state'], string | null, number]>(
    'UPDATE judgings SET state = ?, problem = ? WHERE id = ?',
  )
  const setAnswered = db.prepare<[number]>(
    "UPDATE judgings SET answered = 1, state = 'ready', problem = NULL WHERE id = ?",
  )
  const setJudge = db.prepare<[Pick<JudgingRow, 'id' | 'judge' | 'endpoint' | 'prices'>]>(
    'UPDATE judgings SET judge = @judge, endpoint = @endpoint, prices = @prices WHERE id = @id',
  )
  const setResult = db.prepare<[string, number | null, number]>(
    'UPDATE judgings SET result = ?, finished_at = ? WHERE id = ?',
  )
  const remove = db.prepare<[number]>('DELETE FROM judgings WHERE id = ?')
  const pauseAll = db.prepare(
    "UPDATE judgings SET state = 'paused' WHERE state IN ('waiting', 'answering', 'judging')",
  )
  return {
    judging: (id: number) => byId.get(id),
    judgingsOf: (runId: number) => ofRun.all(runId),
    addJudging: (row: Pick<JudgingRow, 'runId' | 'dir' | 'choice' | 'questions' | 'createdAt'>) =>
      Number(insert.run(row).lastInsertRowid),
    setJudgingState: (id: number, state: Judging['state'], problem: string | null = null) =>
      void setState.run(state, problem, id),
    setJudgingAnswered: (id: number) => void setAnswered.run(id),
    setJudgingJudge: (
      id: number,
      { judge, endpoint, prices }: Pick<JudgingRow, 'judge' | 'endpoint' | 'prices'>,
    ) => void setJudge.run({ id, judge, endpoint, prices }),
    setJudgingResult: (id: number, result: string, finishedAt: number | null) =>
      void setResult.run(result, finishedAt, id),
    removeJudging: (id: number) => void remove.run(id),
    /** Those that were at work when the program ended. */
    pauseJudgings: () => void pauseAll.run(),
  }
}
