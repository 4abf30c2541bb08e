import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ImportRequest } from '../../contract/engine.ts'
import type { LoopPlan } from '../../contract/loop.ts'
import { officialPlan, trainingMethods, workstationPlan } from '../../contract/presets.ts'
import { LoopSetup, type LoopOutcome } from '../../contract/project.ts'
import { createApp, type App } from '../app.ts'
import { fixed, points } from '../report/number-format.ts'
import { alignColumns } from '../report/score-table.ts'
import type { Command, CommandContext } from './command.ts'
import { adapterOptions, adapterSettings } from './adapter-options.ts'
import { splitOptions } from './data-options.ts'
import { commandDevice, deviceOptions } from './device-option.ts'
import { existing, findSplit } from './dataset-file.ts'
import { followStage } from './follow-stage.ts'
import { forecastText } from './forecast-text.ts'
import { createLoopView } from './loop-view.ts'
import { choice, integer, text } from './option-kinds.ts'
import { option, readOptions, type OptionValues } from './options.ts'
import { sharedDeviceOptions, sharedDevices } from './shared-devices.ts'
import { importSummary } from './reformat-command.ts'
import { precisionOption } from './precision-option.ts'
import { readPlan } from './run-plan.ts'
import { UsageError } from './usage-error.ts'

const options = {
  output_dir: option(text(), {
    placeholder: 'FOLDER',
    help: 'The project. One that was begun is gone on with.',
    default: 'spin-project',
  }),
  model: option(text(), {
    placeholder: 'FOLDER',
    help: 'The base model. Not needed to go on with a project.',
    default: null,
    defaultText: 'required for a new project',
  }),
  data: option(text(), {
    placeholder: 'PATH',
    help: 'A dataset, or a folder that "reformat" made. Not needed to go on with a project.',
    default: null,
    defaultText: 'required for a new project',
  }),
  preset: option(choice(['workstation', 'official']), {
    placeholder: 'NAME',
    help: 'workstation: defaults for small models and data. official: the published table.',
    default: 'workstation',
  }),
  plan: option(text(), {
    placeholder: 'FILE',
    help: 'A plan in YAML instead of a preset (shape: src/contract/loop.ts).',
    default: null,
  }),
  iterations: option(integer(1), {
    placeholder: 'N',
    help: 'Of the preset.',
    default: null,
    defaultText: 'workstation 2, official 4',
  }),
  score: option(choice(['nll', 'sampled', 'greedy']), {
    placeholder: 'NAME',
    help: 'Held-out score that decides when to stop and which iteration is best; sampled and greedy want checkable rows. Workstation preset.',
    default: 'nll',
  }),
  max_new_tokens: option(integer(1), {
    placeholder: 'N',
    help: 'Longest answer, in tokens. Workstation preset.',
    default: 256,
  }),
  max_length: option(integer(8), {
    placeholder: 'N',
    help: 'Prompt and answer together, in tokens. Workstation preset.',
    default: 1024,
  }),
  prompt_format: option(choice(['chat', 'official']), {
    placeholder: 'NAME',
    help: 'How opponents are asked in the official preset: "official" repeats the published run.',
    default: 'official',
  }),
  forecast: option(choice(['yes', 'no', 'only']), {
    placeholder: 'WORD',
    help: 'Measures for some seconds what an iteration of a new project will cost (time, memory, disk); "only" ends there.',
    default: 'yes',
  }),
  method: option(choice(trainingMethods), {
    placeholder: 'NAME',
    help: 'full: all weights. lora: an adapter on the frozen model. qlora8, qlora4: the same, its matrices held in 8 or 4 bits. Workstation preset; adapters learn at three (tiny models) to ten times the rate.',
    default: 'full',
  }),
  ...precisionOption,
  ...adapterOptions,
  ...deviceOptions,
  ...sharedDeviceOptions,
  seed: option(integer(), { placeholder: 'N', help: 'Of the preset.', default: 42 }),
  ...splitOptions,
}
type RunValues = OptionValues<typeof options>

/** The whole loop: reformat, then generate → gather → finetune → evaluate for each iteration. */
export const runCommand: Command = {
  name: 'run',
  summary: 'runs the whole self-play loop, from wherever it stands',
  usage: '--model FOLDER --data PATH [--output_dir FOLDER] [--preset workstation|official | --plan FILE]',
  options,
  notes: 'The run record is FOLDER/app.sqlite. The same command again after any interruption continues.',
  async run(context, argv) {
    const { values } = readOptions(argv, options, 'run')
    const projectDir = resolve(values.output_dir)
    const goesOn =
      values.model === null && values.data === null && existsSync(join(projectDir, 'project.json'))
    if (!goesOn && (values.model === null || values.data === null)) {
      throw new UsageError(
        `A new project needs --model and --data; ${projectDir} holds none to go on with.`,
        'run',
      )
    }
    const app = createApp({
      dataDir: projectDir,
      chooseDevice: () => commandDevice(context, values),
      devices: sharedDevices(values, 'run'),
    })
    context.onEnd(() => app.dispose())
    const setup = goesOn
      ? undefined
      : await planSetup({ ...context, engine: () => app.engine }, app, values, projectDir)
    if (setup && values.forecast !== 'no' && !existsSync(join(projectDir, 'project.json')))
      await showForecast({ ...context, engine: () => app.engine }, setup)
    if (values.forecast === 'only') return
    const outcome = await app.runLoop({
      projectDir,
      setup,
      signal: context.signal,
      onEvent: createLoopView(context.display),
    })
    context.display.settle()
    context.display.line(outcomeText(outcome))
  },
}

/** Only where the rows are reformatted already: their lengths decide the costs. */
async function showForecast(context: CommandContext, { modelDir, data, plan }: LoopSetup): Promise<void> {
  if (data.kind !== 'ready') {
    context.display.line('no forecast: the dataset is not reformatted yet (run "reformat" first)')
    return
  }
  const [first] = plan.iterations
  const forecast = await followStage(context, 'forecast', {
    modelDir,
    dataPath: data.trainPath,
    testPath: data.testPath,
    generation: first!.generation,
    training: first!.training,
    evaluation: plan.evaluation,
    previousShare: plan.iterations.length > 1 ? plan.iterations[1]!.previousFraction / 2 : 0,
  })
  context.display.line(forecastText(forecast, plan.iterations.length))
}

async function planSetup(
  context: CommandContext,
  app: App,
  values: RunValues,
  projectDir: string,
): Promise<LoopSetup> {
  const modelDir = existing(values.model!)
  const dataPath = existing(values.data!)
  const [train, test] = [findSplit(dataPath, 'train'), findSplit(dataPath, 'test')]
  const ready = train !== null && test !== null && train !== test
  const source = { sources: [dataPath], testShare: values.test_share, limit: values.limit, seed: values.seed }
  if (values.plan !== null || values.preset === 'official') {
    if (values.method !== 'full') {
      throw new UsageError(
        `--method ${values.method} belongs to the workstation preset; in a plan, training.adapter says what is trained.`,
        'run',
      )
    }
    if (values.plan !== null && values.precision !== 'f32') {
      throw new UsageError(
        `--precision ${values.precision} belongs to a preset; in a plan, training.precision says what the layers compute in.`,
        'run',
      )
    }
    const data = ready ? { kind: 'ready', trainPath: train, testPath: test } : { kind: 'import', ...source }
    return LoopSetup.parse({
      modelDir,
      data,
      plan: values.plan === null ? official(values) : readPlan(values.plan),
    })
  }
  // The workstation preset depends on the sizes of model and data, so the data is read first.
  const imported = await followStage(
    context,
    'importDataset',
    ImportRequest.parse({
      ...source,
      sources: ready ? [train, test] : [dataPath],
      outDir: join(projectDir, 'data'),
    }),
    { label: 'dataset' },
  )
  for (const line of importSummary(imported)) context.display.line(line)
  const { parameters } = await app.engine.call('inspectModel', { dir: modelDir }, { signal: context.signal })
  const plan = workstationPlan({
    parameters,
    rows: imported.trainRows,
    checkable: values.score !== 'nll',
    maxNewTokens: values.max_new_tokens,
    maxLength: values.max_length,
    seed: values.seed,
    adapter: adapterSettings(values.method, values),
    precision: values.precision,
    ...(values.iterations === null ? {} : { iterations: values.iterations }),
  })
  plan.stopRule.score = values.score
  return LoopSetup.parse({
    modelDir,
    data: { kind: 'ready', trainPath: imported.trainPath, testPath: imported.testPath },
    plan,
  })
}

function official(values: RunValues): LoopPlan {
  return officialPlan({
    seed: values.seed,
    prompts: values.prompt_format === 'official' ? 'published' : 'chat',
    precision: values.precision,
    ...(values.iterations === null ? {} : { iterations: values.iterations }),
  })
}

function outcomeText(outcome: LoopOutcome): string {
  const models = [
    { name: 'base', evaluation: outcome.base.evaluation },
    ...outcome.iterations.flatMap(({ iteration, evaluation }) =>
      evaluation ? [{ name: `iteration ${iteration}`, evaluation }] : [],
    ),
  ]
  const rows = models.map(({ name, evaluation: e }) => [
    name,
    points(e.greedy),
    e.sampled === null ? '–' : points(e.sampled),
    fixed(e.heldOutNll, 4),
    fixed(e.heldOutLoss, 4),
    e.rewardAccuracy === null ? '–' : points(e.rewardAccuracy),
    fixed(e.kl, 3),
  ])
  const temperature = outcome.base.evaluation.temperature
  const table = alignColumns([
    ['', 'greedy', `T=${temperature}`, 'held-out NLL', 'SPIN loss', 'reward accuracy', 'KL'],
    ...rows,
  ])
  return `${table}\n\n${outcome.reason}\n${outcome.best.modelDir}  sha256 ${outcome.best.modelSha256}`
}
