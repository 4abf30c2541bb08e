import type { StageForecast } from '../../contract/forecast.ts'
import type { GenerationSettings, TrainingSettings } from '../../contract/settings.ts'

/** Memory that must stay free for the system and the app's own processes. */
const reserveBytes = 1.5 * 2 ** 30

/** What does not fit this machine and what would make it fit, one sentence each. */
export function forecastAdvice({
  stages,
  training,
  generation,
  memoryBytes,
}: {
  stages: readonly StageForecast[]
  training: TrainingSettings
  generation: GenerationSettings
  memoryBytes: number
}): string[] {
  const limit = memoryBytes - reserveBytes
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`
  return stages
    .filter(({ peakBytes }) => peakBytes > limit)
    .map(({ stage, peakBytes }) => {
      const need = `${stage} needs about ${gigabytes(peakBytes)}; this machine has ${gigabytes(memoryBytes)}.`
      if (stage !== 'finetune')
        return `${need} Lower the batch size (${generation.batchSize}) or the longest answer (${generation.maxNewTokens} tokens).`
      const ways = [
        training.microBatch > 1 ? `a micro-batch below ${training.microBatch}` : '',
        training.adapter === null ? 'LoRA instead of full fine-tuning' : '',
        training.adapter?.baseWeights === 'f32' ? 'a quantized base (QLoRA)' : '',
        training.adapter === null && training.optimizer.stateBits === 32 ? '8-bit optimizer state' : '',
        `a shorter maximum length than ${training.maxLength} tokens`,
      ].filter((way) => way !== '')
      return `${need} What would help: ${ways.join(', ')}.`
    })
}
