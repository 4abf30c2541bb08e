import { step0Loss } from '../../contract/settings.ts'
import { duration, fixed } from '../report/number-format.ts'
import { noticeMeaningless, type Command } from './command.ts'
import { useDevice } from './device-option.ts'
import { readFinetuneConfig } from './finetune-config.ts'
import { finetuneKeys } from './finetune-keys.ts'
import { followStage } from './follow-stage.ts'

/** spin/run_spin.py: one iteration's training. */
export const finetuneCommand: Command = {
  name: 'finetune',
  summary: 'trains on the pairs of one or two iterations',
  usage: '[CONFIG.yaml] [--key=value …]',
  options: finetuneKeys,
  notes:
    'The keys are those of the official configs/config.yaml and may stand in the file or on the command line,\n' +
    'which wins. An interrupted training continues from its last checkpoint with the same command.',
  async run(context, argv) {
    const { request, device, devices, loggingSteps, meaningless, remarks } = readFinetuneConfig(argv)
    await useDevice(context, device)
    context.devices.push(...devices)
    noticeMeaningless(context.display, { meaningless })
    for (const remark of remarks) context.display.line(`note: ${remark}`)
    const result = await followStage(context, 'finetune', request, { metricsEverySteps: loggingSteps })
    const { objective } = request.settings
    const start = step0Loss(request.settings)
    const loss =
      objective !== 'sft'
        ? `${objective.toUpperCase()} loss ${fixed(result.step0Loss, 4)} at step 0 (own start model: ${fixed(start, 4)}), ${fixed(result.lastLoss, 4)} at the last step`
        : `NLL ${fixed(result.lastNll, 4)} a token at the last step`
    context.display.line(
      `${result.steps} steps on ${result.pairs} rows in ${duration(result.seconds)}: ${loss}`,
    )
    if (result.stoppedBy)
      context.display.line(
        `stopped early: ${result.stoppedBy}; the weights are those of step ${result.savedStep}`,
      )
    context.display.line(`${result.modelDir}  sha256 ${result.modelSha256}`)
  },
}
