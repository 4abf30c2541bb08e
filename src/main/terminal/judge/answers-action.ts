import { basename, resolve } from 'node:path'
import type { z } from 'zod'
import { AnswersRequest } from '../../../contract/engine/judging.ts'
import { fastChatTemperatures, JudgedModelId } from '../../../contract/judging.ts'
import { openJudgingFolder } from '../../judge/judging-folder.ts'
import { programFiles } from '../../program-files.ts'
import { thousands } from '../../report/number-format.ts'
import type { Command } from '../command.ts'
import { existing } from '../dataset-file.ts'
import { followStage } from '../follow-stage.ts'
import { integer, text, yamlValue } from '../option-kinds.ts'
import { option, readOptions } from '../options.ts'
import { UsageError } from '../usage-error.ts'
import { judgingDirOption, questionLimit } from './judge-options.ts'

const name = 'judge answers'

const options = {
  model: option(text(), { placeholder: 'FOLDER', help: 'The model that answers.' }),
  model_id: option(text(), {
    placeholder: 'NAME',
    help: 'Its name in files and verdicts.',
    default: null,
    defaultText: 'the last part of its path',
  }),
  questions: option(text(), {
    placeholder: 'FILE',
    help: 'Two-turn questions in the JSONL of MT-Bench: question_id, category, turns, reference.',
    default: null,
    defaultText: 'our own 32 questions',
  }),
  judging_dir: judgingDirOption,
  temperatures: option(yamlValue(), {
    placeholder: 'MAP',
    help: 'By category, for example {writing: 0.9}; the rest as FastChat sets them.',
    default: null,
    defaultText: 'writing, roleplay 0.7; stem, humanities 0.1; others 0; unknown ones 0.7',
  }),
  max_new_tokens: option(integer(1), { placeholder: 'N', help: 'Longest answer, in tokens.', default: 1024 }),
  batch_size: option(integer(1), {
    placeholder: 'N',
    help: 'Questions answered at once. Answers do not depend on it.',
    default: 16,
  }),
  seed: option(integer(), { placeholder: 'N', help: 'Of the sampled answers.', default: 42 }),
  limit: questionLimit,
}

export const answersAction: Command = {
  name,
  summary: 'lets a model answer two-turn questions',
  usage: '--model FOLDER [--model_id NAME] [--questions FILE] [--judging_dir FOLDER]',
  options,
  async run(context, argv) {
    const { request, judgingDir, questions } = readAnswersOptions(argv)
    openJudgingFolder(judgingDir).keepQuestions(questions)
    const result = await followStage(context, 'answerQuestions', request, { label: request.modelId })
    const { answersPath, questions: asked, tokens, capped, noRoom, empty } = result
    const counts = [
      [capped, 'cut at the longest answer'],
      [noRoom, "cut by the model's context"],
      [empty, 'empty'],
    ] as const
    const remarks = counts.flatMap(([count, words]) =>
      count > 0 ? [`${thousands(count)} turns ${words}`] : [],
    )
    context.display.line(
      [`${answersPath}: ${thousands(asked)} questions`, `${thousands(tokens)} tokens`, ...remarks].join(', '),
    )
  },
}

export function readAnswersOptions(argv: readonly string[]): {
  request: z.output<typeof AnswersRequest>
  judgingDir: string
  questions: string
} {
  const { values } = readOptions(argv, options, name)
  const modelDir = existing(values.model)
  const modelId = JudgedModelId.safeParse(values.model_id ?? basename(modelDir))
  if (!modelId.success)
    throw new UsageError(`--model_id: ${modelId.error.issues[0]!.message}, found another.`, name)
  const judgingDir = resolve(values.judging_dir)
  const folder = openJudgingFolder(judgingDir)
  const request = AnswersRequest.safeParse({
    modelDir,
    modelId: modelId.data,
    questionsPath: folder.questionsPath,
    outDir: folder.answersDir,
    settings: {
      ...(values.temperatures === null
        ? {}
        : { temperatures: { ...fastChatTemperatures, ...(values.temperatures as Record<string, number>) } }),
      maxNewTokens: values.max_new_tokens,
      batchSize: values.batch_size,
      seed: values.seed,
      limit: values.limit,
    },
  })
  if (!request.success)
    throw new UsageError(
      request.error.issues.map((i) => `${i.path.slice(1).join('.')}: ${i.message}`).join('; '),
      name,
    )
  const questions = values.questions === null ? programFiles.judgeQuestionsPath : existing(values.questions)
  return { request: request.data, judgingDir, questions }
}
