import { resolve } from 'node:path'
import type { z } from 'zod'
import { JudgeEndpoint, type JudgePrices, JudgeRequest, JudgeTask } from '../../../contract/judge.ts'
import { judgeCases, type JudgeCases } from '../../judge/judge-cases.ts'
import { type JudgingFolder, openJudgingFolder } from '../../judge/judging-folder.ts'
import { verdictsPath } from '../../judge/verdict-journal.ts'
import { choice, integer, number, text } from '../option-kinds.ts'
import { option } from '../options.ts'
import { UsageError } from '../usage-error.ts'

export const judgingDirOption = option(text(), {
  placeholder: 'FOLDER',
  help: "Questions, answers and judgments, laid out as FastChat's data/<bench>.",
  default: 'judging',
})

export const questionLimit = option(integer(1), {
  placeholder: 'N',
  help: 'The first so many questions of each category.',
  default: null,
  defaultText: 'all',
})

/** What every action needs to know which verdicts it is about. */
export const taskOptions = {
  judging_dir: judgingDirOption,
  mode: option(choice(['pairwise', 'single']), {
    placeholder: 'NAME',
    help: 'pairwise: which of two answers is better, asked in both orders. single: a grade from 1 to 10.',
    default: 'single',
  }),
  models: option(text(), {
    placeholder: 'LIST',
    help: 'Names of models with answers, with commas.',
    default: null,
    defaultText: 'all that have answered',
  }),
  baseline: option(text(), {
    placeholder: 'NAME',
    help: 'Pairwise: the model that the others are compared with.',
    default: null,
  }),
  judge_model: option(text(), { placeholder: 'NAME', help: 'The judge, as its endpoint calls it.' }),
  limit: questionLimit,
}

/** How requests look; also those of a batch. */
export const requestOptions = {
  temperature: option(text(), {
    placeholder: 'X',
    help: 'Of the judge; "none" is not sent, for models that take none.',
    default: '0',
  }),
  max_tokens: option(integer(16), { placeholder: 'N', help: 'Longest reply of the judge.', default: 1024 }),
  token_limit_field: option(choice(['max_tokens', 'max_completion_tokens']), {
    placeholder: 'NAME',
    help: 'How the endpoint calls that limit.',
    default: 'max_tokens',
  }),
}

export const priceOptions = {
  price_in: option(number(), {
    placeholder: 'X',
    help: 'Price of a million tokens that the judge reads, in your currency.',
    default: null,
  }),
  price_out: option(number(), {
    placeholder: 'X',
    help: 'Price of a million tokens that it writes.',
    default: null,
  }),
}

export interface JudgeChoice {
  folder: JudgingFolder
  task: JudgeTask
  judge: string
  cases: JudgeCases
  /** Of the judge's verdicts. */
  journalPath: string
}

/** The cases that the options name. @throws UsageError, and what judgeCases throws. */
export function chosenCases(
  values: {
    judging_dir: string
    mode: 'pairwise' | 'single'
    models: string | null
    baseline: string | null
    judge_model: string
    limit: number | null
  },
  name: string,
): JudgeChoice {
  const folder = openJudgingFolder(resolve(values.judging_dir))
  if (values.mode === 'pairwise' && values.baseline === null)
    throw new UsageError('--baseline is required with --mode pairwise: the model to compare with.', name)
  const models = values.models?.split(',').map((one) => one.trim()) ?? folder.modelIds()
  const task = JudgeTask.safeParse({
    mode: values.mode,
    models,
    baseline: values.mode === 'pairwise' ? values.baseline : null,
    limit: values.limit,
  })
  if (!task.success)
    throw new UsageError(
      models.length === 0
        ? `${folder.answersDir} holds no answers. "spin-studio judge answers" makes them.`
        : task.error.issues.map((issue) => `--${issue.path[0]?.toString()}: ${issue.message}`).join('; '),
      name,
    )
  const judge = values.judge_model
  return {
    folder,
    task: task.data,
    judge,
    cases: judgeCases(folder, task.data, judge),
    journalPath: verdictsPath(folder.judgmentDir, judge),
  }
}

interface RequestValues {
  judge_model: string
  temperature: string
  max_tokens: number
  token_limit_field: 'max_tokens' | 'max_completion_tokens'
}

/** @throws UsageError */
export function readRequest(values: RequestValues, name: string): JudgeRequest {
  return parsed(JudgeRequest, requestOf(values), name)
}

/** @throws UsageError */
export function readEndpoint(
  values: RequestValues,
  more: Omit<z.input<typeof JudgeEndpoint>, keyof JudgeRequest>,
  name: string,
): JudgeEndpoint {
  return parsed(JudgeEndpoint, { ...requestOf(values), ...more }, name)
}

const requestOf = (values: RequestValues): Record<string, unknown> => ({
  model: values.judge_model,
  temperature: values.temperature === 'none' ? null : Number(values.temperature),
  maxTokens: values.max_tokens,
  tokenLimitField: values.token_limit_field,
})

function parsed<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const found = schema.safeParse(value)
  if (found.success) return found.data
  throw new UsageError(
    found.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    name,
  )
}

/** Both or none. @throws UsageError */
export function readPrices(
  { price_in, price_out }: { price_in: number | null; price_out: number | null },
  name: string,
): JudgePrices | null {
  if (price_in === null && price_out === null) return null
  if (price_in !== null && price_out !== null && price_in >= 0 && price_out >= 0)
    return { inputPerMillion: price_in, outputPerMillion: price_out }
  throw new UsageError('--price_in and --price_out belong together, 0 or more.', name)
}
