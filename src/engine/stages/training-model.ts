import type { AdapterSettings, Precision, TrainingSettings } from '../../contract/settings.ts'
import { type Adapter, continuedAdapter, firstAdapter } from '../model/adapter/adapter.ts'
import { writeAdapterFolder } from '../model/adapter/adapter-folder.ts'
import { mergedWeights } from '../model/adapter/merged-weights.ts'
import { holdWeights } from '../model/adapter/quantized-layers.ts'
import { quantizedBytes } from '../model/adapter/quantized-matrix.ts'
import { engineThreads } from '../model/engine-threads.ts'
import { LayeredModel } from '../model/layered-model.ts'
import { type ModelFolder, openModelFolder } from '../model/model-folder.ts'
import { modelWeights, parameterCount } from '../model/weight-names.ts'
import { writeModelFolder } from '../model/write-model-folder.ts'
import type { GradientPass } from '../training/gradient-pass.ts'
import { AdapterPass } from '../training/whole-model/adapter-pass.ts'
import { FrozenWeights } from '../training/whole-model/frozen-weights.ts'
import { elementThreads, sharedCopy } from '../training/element-pool.ts'
import { engineLogWords } from '../../strings/engine-log.ts'
import { chosenAdapterPass, compileProgram, modelBackend } from './program-backend.ts'

/** A start model, which is also the opponent, in the form that is trained. */
export interface TrainingModel {
  model: LayeredModel
  /** What computes its gradients; null = the model layer by layer. */
  pass: GradientPass | null
  /** What a person should know of how it is trained. */
  remarks: string[]
  /** Writes the result and returns its sha256; `isStart`: the start model's own numbers, whatever was trained since. */
  write(outDir: string, isStart: boolean): Promise<string>
}

/**
 * Without adapter settings all weights are trained; of an adapter folder those with the adapter merged. With them the
 * folder's adapter is trained on, or a first one begun on a whole model; the base stays as it is.
 */
export function loadTrainingModel(
  folder: ModelFolder,
  { adapter, precision }: Pick<TrainingSettings, 'adapter' | 'precision'>,
): TrainingModel {
  return adapter ? withAdapter(folder, adapter, precision) : withAllWeights(folder, precision)
}

function withAllWeights(folder: ModelFolder, precision: Precision): TrainingModel {
  const { config } = folder
  const start = mergedWeights(folder)
  const threads = engineThreads(config)
  const elements = parameterCount(config)
  // The optimizer's threads write the weights where the passes read them.
  const held = elementThreads(elements, threads) > 1 ? sharedCopy : (values: Float32Array) => values
  const model = new LayeredModel(
    config,
    new Map([...start.tensors.keys()].map((name) => [name, held(start.read(name))])),
    threads,
    { ...modelBackend(), precision },
  )
  return {
    model,
    pass: null,
    remarks: folder.adapter ? [engineLogWords.adapterMerged(folder.baseDir)] : [],
    async write(outDir, isStart) {
      const weights = new Map(
        modelWeights(config).map(({ name, shape }) => [
          name,
          { shape, data: isStart ? start.read(name) : model.weight(name) },
        ]),
      )
      const dtype = folder.weights.tensors.get(modelWeights(config)[0]!.name)!.dtype
      return (await writeModelFolder({ from: folder, outDir, weights, dtype })).sha256
    },
  }
}

function withAdapter(folder: ModelFolder, settings: AdapterSettings, precision: Precision): TrainingModel {
  const { config } = folder
  const startAdapter = (): Adapter =>
    folder.adapter ? continuedAdapter(config, folder.adapter, settings) : firstAdapter(config, settings)
  const adapter = startAdapter()
  const held = holdWeights(folder, settings.baseWeights)
  const { parameters, quantized } = held
  const threads = engineThreads(config)
  const model = new LayeredModel(config, parameters, threads, {
    adapter,
    quantized,
    ...modelBackend(),
    precision,
  })
  const trained = sum([...adapter.tensors.values()], ({ data }) => data.length)
  const codes = sum([...quantized.values()], ({ out, input }) => out * input)
  const bytes = sum([...quantized.values()], quantizedBytes)
  const pass =
    chosenAdapterPass() === 'whole' && precision === 'f32'
      ? new AdapterPass({
          config,
          adapter,
          weights: new FrozenWeights(folder.weights, held),
          threads,
          compile: compileProgram,
        })
      : null
  return {
    model,
    pass,
    remarks: [
      engineLogWords.adapter[folder.adapter ? 'continued' : 'first'](adapter.rank, trained),
      ...(codes === 0 ? [] : [engineLogWords.heldAs(settings.baseWeights, bytes, codes)]),
      ...(pass ? [engineLogWords.wholePass] : []),
    ],
    async write(outDir, isStart) {
      await writeAdapterFolder({ from: folder, adapter: isStart ? startAdapter() : adapter, outDir })
      return (await openModelFolder(outDir)).sha256()
    },
  }
}

const sum = <T>(items: readonly T[], size: (item: T) => number): number =>
  items.reduce((total, item) => total + size(item), 0)
