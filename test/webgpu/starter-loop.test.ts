import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EvaluationAnswer, EvaluationResult } from '../../src/contract/engine.ts'
import { runTerminal } from '../../src/main/terminal/index.ts'
import { runLogWords } from '../../src/strings/run-log.ts'
import { folderOfTests } from '../temp-folder.ts'
import { noAdapter } from './adapter.ts'

const dir = folderOfTests('webgpu-loop')
const at = (...names: string[]): string => join(dir, ...names)
const starter = join(import.meta.dirname, '../../resources/starter')
const model = join(starter, 'model')

/** One command of the terminal, with an engine of its own; what it printed. */
async function command(name: string, options: Record<string, string | number>): Promise<string> {
  let [out, error] = ['', '']
  const argv = [name, ...Object.entries(options).map(([key, value]) => `--${key}=${value}`)]
  const code = await runTerminal(argv, {
    out: { write: (text) => (out += text) },
    error: { write: (text) => (error += text) },
  })
  expect(code, error).toBe(0)
  return out + error
}

/** What an evaluation of the trained model by these means says. */
async function evaluated(device: 'cpu' | 'webgpu') {
  const outDir = at(`evaluation-${device}`)
  await command('evaluate', {
    model: at('model'),
    opponent: model,
    input_dir: at('data'),
    pairs_dir: at('pairs'),
    output_dir: outDir,
    max_new_tokens: 16,
    samples: 1,
    device,
  })
  const { result } = JSON.parse(readFileSync(join(outDir, 'result.json'), 'utf8')) as { result: unknown }
  const lines = readFileSync(join(outDir, 'answers.jsonl'), 'utf8').trim().split('\n')
  return {
    result: EvaluationResult.parse(result),
    answers: lines.map((line) => EvaluationAnswer.parse(JSON.parse(line))),
  }
}

test.skipIf(noAdapter)(
  'one iteration of the starter, each stage by its command on WebGPU: its evaluation is that of the processor',
  async () => {
    const rows = readFileSync(join(starter, 'dataset/train.jsonl'), 'utf8').split('\n').slice(0, 12)
    writeFileSync(at('rows.jsonl'), rows.map((row) => `${row}\n`).join(''))
    await command('reformat', { data: at('rows.jsonl'), output_dir: at('data'), test_share: 0.3 })
    for (const split of ['train', 'test']) {
      const told = await command('generate', {
        model,
        input_dir: at('data'),
        output_dir: at('generated'),
        split,
        max_new_tokens: 16,
        num_data_frac: 0,
        device: 'webgpu',
      })
      expect(told).toContain(runLogWords.device.answers('webgpu'))
    }
    await command('gather', {
      input_dir: at('generated'),
      output_dir: at('pairs'),
      max_equal: 1,
      max_capped: 1,
      max_empty: 1,
    })
    const said = await command('finetune', {
      model_name_or_path: model,
      dataset_mixer: `{${at('pairs')}: 1.0}`,
      output_dir: at('model'),
      max_steps: 4,
      per_device_train_batch_size: 3,
      optim: 'adamw',
      learning_rate: 1e-3,
      warmup_ratio: 0,
      num_train_epochs: 4,
      max_length: 64,
      max_prompt_length: 40,
      logging_steps: 1,
      device: 'webgpu',
    })
    expect(said).toContain(runLogWords.device.training('webgpu'))
    expect(said).toContain('SPIN loss 0.6931 at step 0')
    expect(said).toContain('step 3/4')

    const onDevice = await evaluated('webgpu')
    const onProcessor = await evaluated('cpu')
    // Sums of log-probs of answers, by other kernels in float32.
    for (const key of ['heldOutLoss', 'heldOutNll', 'margin'] as const)
      expect(Math.abs(onDevice.result[key]! - onProcessor.result[key]!)).toBeLessThan(1e-3)
    expect(onDevice.result.margin).not.toBe(0)
    expect(onDevice.answers.map(({ greedy }) => greedy)).toEqual(
      onProcessor.answers.map(({ greedy }) => greedy),
    )
  },
  300_000,
)
