import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ModelFolder } from '../../src/engine/model/model-folder.ts'
import { openSafetensors } from '../../src/engine/model/safetensors.ts'
import { best, type LlamaSequence, peerLogits } from './node-llama-cpp.ts'

interface Golden {
  logits: { name: string; tokenIds: number[] }[]
  greedy: { promptIds: number[]; tokens: number[]; smallestGap: number }[]
}

/** The logits after each token, and the greedy tokens one by one, given transformers' own before them. */
export async function compareGolden(
  peer: LlamaSequence,
  from: ModelFolder,
  path: string,
  type: string,
  isVerbose: boolean,
) {
  const golden = JSON.parse(readFileSync(path, 'utf8')) as Golden
  const stored = openSafetensors(join(dirname(path), 'logits.safetensors'))
  const { from: first, to: last, longest, note } = sameRange(from)
  let [worst, sum, spread, count] = [0, 0, 0, 0]
  let isBroken = false
  for (const { name, tokenIds } of golden.logits) {
    const expected = stored.read(name)
    const found = await peerLogits(peer, tokenIds)
    if (tokenIds.length < first || tokenIds.length > longest) continue
    for (const [position, logits] of found.entries()) {
      if (position >= last) continue
      for (const [id, logit] of logits) {
        if (Number.isNaN(logit)) isBroken = true
        const wanted = expected[position * from.config.vocab + id]!
        worst = Math.max(worst, Math.abs(logit - wanted))
        sum += (logit - wanted) ** 2
        spread += wanted ** 2
        count++
      }
    }
  }
  let [equal, tokens] = [0, 0]
  for (const { promptIds, tokens: wanted } of golden.greedy) {
    const ids = [...promptIds, ...wanted.slice(0, -1)]
    if (ids.length < first) continue
    const found = await peerLogits(peer, ids)
    for (const [i, token] of wanted.entries()) {
      const position = promptIds.length - 1 + i
      if (position >= last) continue
      tokens++
      const chosen = best(found[position]!)
      if (chosen < 0) isBroken = true
      if (chosen === token) equal++
      else if (isVerbose) console.error(`  ${path}: position ${position}: ${chosen}, transformers ${token}`)
    }
  }
  // libggml-cpu-sapphirerapids of llama.cpp 0.5.0, with AMX; its other kernels compute the same file well.
  if (isBroken && type === 'q8_0' && from.config.hidden === 32)
    return { logits: '–', answers: '–', holds: true, note: "NaN from llama.cpp's AMX kernels for rows of 32" }
  const relative = Math.sqrt(sum / spread)
  // f16 keeps 11 bits of a weight, q8_0 about 7, and llama.cpp rounds activations alike; these models' weights are wide.
  const limit = type === 'f16' ? 3e-3 : 6e-2
  return {
    logits: count === 0 ? '–' : `${worst.toExponential(1)} (${(100 * relative).toFixed(2)} %)`,
    answers: `${equal}/${tokens}`,
    holds: count === 0 || (relative < limit && equal >= tokens * (type === 'f16' ? 1 : 0.8)),
    note,
  }
}

interface StatedRope {
  rope_parameters?: { rope_type?: string; original_max_position_embeddings?: number }
  rope_scaling?: { rope_type?: string; type?: string; original_max_position_embeddings?: number }
  original_max_position_embeddings?: number
}

/** Sequences, and tokens of each, for which llama.cpp is meant to compute the same. */
function sameRange({ config, dir }: ModelFolder): {
  from: number
  to: number
  longest: number
  note: string
} {
  const windows = config.layerKinds.flatMap(({ window }) => (window === null ? [] : [window]))
  const isGemma = config.sandwichNorms
  const window = isGemma ? Infinity : Math.min(...windows)
  const json = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')) as StatedRope
  const rope = json.rope_parameters ?? json.rope_scaling
  const type = rope?.rope_type ?? json.rope_scaling?.type
  const longrope = type === 'longrope'
  // For longer sequences transformers changes the frequencies of "dynamic".
  const longest = type === 'dynamic' ? config.maxPositions : Infinity
  const original = json.original_max_position_embeddings ?? rope?.original_max_position_embeddings ?? 0
  const notes = [
    ...(Number.isFinite(window) ? [`first ${window} tokens (no window in llama.cpp)`] : []),
    ...(longrope ? [`sequences over ${original} tokens (llama.cpp chooses factors by context size)`] : []),
  ]
  return { from: longrope ? original + 1 : 0, to: window, longest, note: notes.join('; ') }
}
