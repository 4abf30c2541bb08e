import { z } from 'zod'
import { LogEvent, PreferenceResult, Progress } from '../engine.ts'
import { JudgeCost, JudgeEndpoint, JudgeMode, JudgePrices, JudgeRequest, JudgeSummary } from '../judge.ts'
import { JudgedModelId, QuestionId } from '../judging.ts'

/** A run's models answer two-turn questions, and a judge that the person names compares or grades the answers. */

const Iteration = z.number().int().min(-2)

/** What is judged. Which judge is asked is chosen once the answers are there and the cost is known. */
export const JudgingChoice = z.object({
  runId: z.number().int(),
  /** Base −1, plain SFT −2, iterations. */
  iterations: z.array(Iteration).min(1).max(40),
  mode: JudgeMode,
  /** Pairwise: what the others are compared with. */
  baseline: Iteration.nullable().default(null),
  /** null = the questions of the program. */
  questionsPath: z.string().min(1).max(4096).nullable().default(null),
  /** The first so many questions of each category; null = all. */
  limit: z.number().int().min(1).max(10_000).nullable().default(null),
  maxNewTokens: z.number().int().min(16).max(32_768).default(1024),
})
export type JudgingChoice = z.output<typeof JudgingChoice>

/** `waiting`: for the engine or a run. `ready`: answers are there, nothing was sent. */
export const judgingStates = ['waiting', 'answering', 'ready', 'judging', 'paused', 'failed', 'done'] as const

export const JudgeSpent = z.object({
  replies: z.number().int(),
  promptTokens: z.number(),
  replyTokens: z.number(),
  price: z.number().nullable(),
})
export type JudgeSpent = z.infer<typeof JudgeSpent>

export const Judging = z.object({
  id: z.number().int(),
  choice: JudgingChoice,
  /** Names in files and summaries, of `iterations` and then the baseline. */
  models: z.array(z.object({ iteration: Iteration, modelId: JudgedModelId })),
  questions: z.number().int(),
  state: z.enum(judgingStates),
  /** Whether every model has answered: a stop before that goes on with answers, after it with verdicts. */
  answered: z.boolean(),
  problem: z.string().nullable(),
  progress: Progress.nullable(),
  /** Whose verdicts are shown; null = nobody was asked yet. */
  judge: z.string().nullable(),
  /** Where it was asked last; never with its key. */
  endpoint: JudgeEndpoint.nullable(),
  prices: JudgePrices.nullable(),
  spent: JudgeSpent.nullable(),
  summary: JudgeSummary.nullable(),
  /** Questions, answers and judgments in FastChat's files. */
  dir: z.string(),
  createdAt: z.number(),
  finishedAt: z.number().nullable(),
})
export type Judging = z.infer<typeof Judging>

export const JudgingsView = z.object({
  runId: z.number().int(),
  models: z.array(z.object({ iteration: Iteration, exists: z.boolean() })),
  /** Newest first. */
  judgings: z.array(Judging),
})
export type JudgingsView = z.infer<typeof JudgingsView>

/** One turn of a question in a list: what became of it. */
export const JudgedTurn = z.object({
  question_id: QuestionId,
  category: z.string(),
  turn: z.number().int(),
  /** The question of this turn, its beginning. */
  text: z.string(),
  /** Of a pair, for the model; null = not asked, or not readable. */
  outcome: z.enum(['win', 'tie', 'loss']).nullable(),
  /** Both orders gave the same verdict; null for a grade. */
  agreed: z.boolean().nullable(),
  score: z.number().nullable(),
  state: z.enum(['judged', 'identical', 'unreadable', 'open']),
})
export type JudgedTurn = z.infer<typeof JudgedTurn>

export const JudgedTurnDetail = z.object({
  turns: z.array(z.object({ question: z.string(), reference: z.string().nullable() })),
  /** The model's and, of a pair, the baseline's; a text a turn up to the judged one. */
  answers: z.array(z.object({ modelId: JudgedModelId, turns: z.array(z.string()) })),
  /** The judge's words; of a pair in both orders. */
  replies: z.array(
    z.object({
      swapped: z.boolean(),
      text: z.string(),
      winner: z.enum(['model_1', 'model_2', 'tie']).nullable(),
      score: z.number().nullable(),
    }),
  ),
})
export type JudgedTurnDetail = z.infer<typeof JudgedTurnDetail>

const Id = z.object({ id: z.number().int() })
const Nothing = z.object({})
const Judge = Id.extend({ endpoint: JudgeEndpoint, prices: JudgePrices.nullable() })
const OfModel = Id.extend({ modelId: JudgedModelId })

export const judgingContract = {
  calls: {
    /** What a question file holds; null = the program's own. */
    judgeQuestions: {
      input: z.object({ path: z.string().min(1).max(4096).nullable() }),
      output: z.object({
        questions: z.number().int(),
        categories: z.array(z.object({ name: z.string(), questions: z.number().int() })),
        references: z.number().int(),
      }),
    },
    /** Lets the models answer, then waits at `ready`. */
    startJudging: { input: JudgingChoice, output: Id },
    /** Goes on with answers that were stopped. */
    resumeAnswers: { input: Id, output: Nothing },
    /** Counts the very prompts; nothing is sent. */
    judgingCost: { input: Judge, output: JudgeCost },
    /**
     * Held in memory for this address until the program ends, or until "" is given; written nowhere. BAD_INPUT for a text that
     * is no key, or an address that would give it away.
     */
    setJudgeKey: {
      input: z.object({ baseUrl: z.string().max(2000), key: z.string().max(4096) }),
      output: Nothing,
    },
    judgeKeyHeld: {
      input: z.object({ baseUrl: z.string().max(2000) }),
      output: z.object({ held: z.boolean() }),
    },
    /** Asks the judge for what has no verdict yet. `keyVariable`: an environment variable that holds the key. */
    beginJudging: {
      input: Judge.extend({ keyVariable: z.string().max(200).nullable().default(null) }),
      output: Nothing,
    },
    /** Begins nothing new; replies on their way are waited for, since they are paid for. */
    pauseJudging: { input: Id, output: Nothing },
    /** Takes it out of the record; its files go unless another judging uses them. */
    removeJudging: { input: Id, output: Nothing },
    judgedTurns: { input: OfModel, output: z.object({ turns: z.array(JudgedTurn) }) },
    judgedTurn: {
      input: OfModel.extend({ question: QuestionId, turn: z.number().int().min(1).max(2) }),
      output: JudgedTurnDetail,
    },
    /** Files for a judge elsewhere, in `export` of the judging's folder. */
    exportJudging: {
      input: Id.extend({ request: JudgeRequest }),
      output: z.object({ dir: z.string(), requests: z.number().int() }),
    },
    /** Verdicts of a judge elsewhere, under the name of the model that gave them. */
    importVerdicts: {
      input: Id.extend({ path: z.string().min(1).max(4096), judge: z.string().min(1).max(200) }),
      output: z.object({
        taken: z.number().int(),
        failed: z.number().int(),
        foreign: z.number().int(),
      }),
    },
  },
  streams: {
    /** Of an iteration against base and human answers, on what the run has evaluated; kept in the project. */
    logProbPreference: {
      input: z.object({ runId: z.number().int(), iteration: Iteration }),
      event: z.union([Progress, LogEvent, PreferenceResult]),
    },
    watchJudgings: { input: z.object({ runId: z.number().int() }), event: JudgingsView },
  },
} as const
