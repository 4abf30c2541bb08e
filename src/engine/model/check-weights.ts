import { AppError } from '../../contract/errors.ts'
import { sizeOf } from '../tensor/shape-rules.ts'
import type { ModelConfig } from './model-config.ts'
import { embeddingName, expectedWeights } from './weight-names.ts'
import type { FolderWeights } from './weight-source.ts'
import { modelNotes } from '../../strings/model-notes.ts'

const headTensor = 'lm_head.weight'

export interface CheckedWeights {
  /** `tiedEmbeddings` is what the files bear out. */
  config: ModelConfig
  weights: FolderWeights
  warnings: string[]
}

/**
 * Holds the weights against config.json: all there, of the right shapes, nothing that the graphs would leave out.
 * A tied model with a head of its own is taken as transformers 5 does (modeling_utils.py, `tie_weights`): an equal head is
 * ignored, another one is used and the model is not tied; a head without embeddings serves as both.
 * Throws MODEL_BROKEN or MODEL_UNSUPPORTED, naming the tensor.
 */
export function checkWeights(stated: ModelConfig, weights: FolderWeights, dir: string): CheckedWeights {
  const head = settleHead(stated, weights)
  const { config, warnings } = head
  const expected = expectedWeights(config)
  const missing = [...expected.keys()].filter((name) => !head.weights.tensors.has(name))
  const [firstMissing] = missing
  if (firstMissing !== undefined) {
    const hint =
      firstMissing === headTensor
        ? ' config.json says that the head is not tied to the embeddings ("tie_word_embeddings": false), and no head is ' +
          'stored; transformers would make one of random numbers. Set "tie_word_embeddings" to true if it is tied, ' +
          'or download the missing file.'
        : ''
    throw broken(
      dir,
      `${missing.length} of ${expected.size} tensors that config.json asks for are missing: ` +
        `${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ', …' : ''}.${hint}`,
      firstMissing,
    )
  }
  const known = new Map(expected).set(headTensor, [config.vocab, config.hidden])
  for (const [name, { shape }] of head.weights.tensors) {
    const wanted = known.get(name)
    if (wanted === undefined) {
      // Tables of angles that old checkpoints store; they are computed from config.json.
      if (name.endsWith('.rotary_emb.inv_freq')) continue
      throw new AppError(
        'MODEL_UNSUPPORTED',
        `${dir} holds "${name}", which a ${config.architecture} with this config.json has no use for; this version ` +
          'would compute something else than the model did.',
        { path: dir, tensor: name },
      )
    }
    if (wanted.length !== shape.length || wanted.some((side, i) => side !== shape[i])) {
      throw broken(
        dir,
        `"${name}" is [${shape.join(', ')}]; config.json asks for [${wanted.join(', ')}].`,
        name,
      )
    }
  }
  return { config, weights: head.weights, warnings }
}

const broken = (dir: string, message: string, tensor: string): AppError =>
  new AppError('MODEL_BROKEN', `${dir}: ${message}`, { path: dir, tensor })

function settleHead(config: ModelConfig, weights: FolderWeights): CheckedWeights {
  const asStated = { config, weights, warnings: [] }
  const head = weights.tensors.get(headTensor)
  if (!config.tiedEmbeddings || !head) return asStated
  const embeddings = weights.tensors.get(embeddingName)
  if (!embeddings) {
    const name = (asked: string): string => (asked === embeddingName ? headTensor : asked)
    const tensors = new Map(weights.tensors).set(embeddingName, head)
    return {
      config,
      warnings: [],
      weights: {
        ...weights,
        tensors,
        read: (asked) => weights.read(name(asked)),
        readSlice: (asked, start, length) => weights.readSlice(name(asked), start, length),
      },
    }
  }
  const sameShape = head.shape.join() === embeddings.shape.join()
  if (!sameShape || equal(weights, headTensor, embeddingName)) return asStated
  return {
    config: { ...config, tiedEmbeddings: false },
    weights,
    warnings: [modelNotes.untied(headTensor, embeddingName)],
  }
}

const sliceElements = 2 ** 20

function equal(weights: FolderWeights, one: string, other: string): boolean {
  const elements = sizeOf(weights.tensors.get(one)!.shape)
  for (let start = 0; start < elements; start += sliceElements) {
    const length = Math.min(sliceElements, elements - start)
    const a = weights.readSlice(one, start, length)
    const b = weights.readSlice(other, start, length)
    for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false
  }
  return true
}
