import { AppError } from '../../contract/errors.ts'
import type { WeightDtype } from './safetensors.ts'
import { topLevelSpans } from './strict-json.ts'

const torchNames: Record<WeightDtype, string> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' }

/**
 * config.json's own text with another dtype and, where asked, another `tie_word_embeddings`; every other character stays:
 * a number written anew ("10000.0" as 10000) is of another type to the readers in Python.
 */
export function configText(text: string, dtype: WeightDtype, tied?: boolean): string {
  const name = JSON.stringify(torchNames[dtype])
  const stated = topLevelSpans(text)
  // transformers 5 says "dtype" for what 4 called "torch_dtype".
  const keys = ['dtype', 'torch_dtype'].filter((key) => stated.has(key))
  const changes = new Map((keys.length === 0 ? ['torch_dtype'] : keys).map((key) => [key, name]))
  if (tied !== undefined) changes.set('tie_word_embeddings', String(tied))

  const inOrder = [...changes].flatMap(([key, value]) => {
    const span = stated.get(key)
    return span ? [{ ...span, value }] : []
  })
  let changed = text
  for (const { start, end, value } of inOrder.toSorted((a, b) => b.start - a.start))
    changed = changed.slice(0, start) + value + changed.slice(end)
  const added = [...changes].filter(([key]) => !stated.has(key))
  if (added.length === 0) return changed
  const close = changed.lastIndexOf('}')
  if (close < 0) throw new AppError('FILE_UNREADABLE', 'expected config.json to hold an object')
  const entries = added.map(([key, value]) => `  ${JSON.stringify(key)}: ${value}`).join(',\n')
  return `${changed.slice(0, close).trimEnd()}${stated.size === 0 ? '' : ','}\n${entries}\n}\n`
}
