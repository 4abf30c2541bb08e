/**
 * Exports models as GGUF, loads them with llama.cpp and compares: tokens of texts, logits, greedy answers. llama.cpp runs
 * through node-llama-cpp on the CPU; the reference numbers are ours and transformers' (test/golden/families).
 *
 *     npm install --prefix bench/peers --ignore-scripts
 *     node_modules/.bin/node bench/peers/llama-cpp-check.ts [folder …]
 *       --peers DIR   where node-llama-cpp is installed (default: bench/peers)
 *       --type T      f16 or q8_0 alone
 *       --texts       compare tokens of texts alone
 *       --verbose     every difference and llama.cpp's own log
 *
 * A folder is a Hugging Face model, with golden.json and logits.safetensors beside it where transformers' numbers are to be
 * compared. Default: the starter model and every family's golden. Ends with 1 where a row does not hold.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { AppError } from '../../src/contract/errors.ts'
import { Decoder } from '../../src/engine/generation/decoder.ts'
import { writeGguf } from '../../src/engine/model/gguf/write-gguf.ts'
import { type ModelFolder, openModelFolder } from '../../src/engine/model/model-folder.ts'
import { openSafetensors } from '../../src/engine/model/safetensors.ts'
import { loadTokenizer } from '../../src/engine/text/tokenizer.ts'
import { sampleTexts } from './sample-texts.ts'

interface Golden {
  logits: { name: string; tokenIds: number[] }[]
  greedy: { promptIds: number[]; tokens: number[]; smallestGap: number }[]
}

/** What is used of node-llama-cpp, which the product does not install. */
interface LlamaModel {
  tokenize(text: string, specialTokens: boolean): number[]
  createContext(options: object): Promise<{ getSequence(): LlamaSequence; dispose(): Promise<void> }>
  dispose(): Promise<void>
}
interface LlamaSequence {
  clearHistory(): Promise<void>
  controlledEvaluate(input: unknown[]): Promise<({ next: { logits?: Map<number, number> } } | undefined)[]>
}
interface Llama {
  loadModel(options: object): Promise<LlamaModel>
  dispose(): Promise<void>
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peers: { type: 'string', default: import.meta.dirname },
    type: { type: 'string' },
    texts: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
const root = resolve(import.meta.dirname, '../..')
const families = join(root, 'test/golden/families')
const folders = positionals.length > 0 ? positionals : defaultFolders()
const types = (['f16', 'q8_0'] as const).filter((type) => options.type === undefined || options.type === type)

function defaultFolders(): string[] {
  const goldens = existsSync(families) ? readdirSync(families, { withFileTypes: true }) : []
  return [
    join(root, 'resources/starter/model'),
    ...goldens.filter((entry) => entry.isDirectory()).map(({ name }) => join(families, name, 'model')),
  ]
}

const module = pathToFileURL(resolve(options.peers, 'node_modules/node-llama-cpp/dist/index.js')).href
const { getLlama } = (await import(module)) as { getLlama(options: object): Promise<Llama> }
const llama = await getLlama({
  gpu: false,
  build: 'never',
  maxThreads: 1,
  logLevel: options.verbose ? 'info' : 'error',
})
const scratch = await mkdtemp(join(tmpdir(), 'spin-gguf-'))

interface Row {
  model: string
  type: string
  texts: string
  logits: string
  answers: string
  holds: boolean
  note: string
}
const rows: Row[] = []
try {
  for (const folder of folders) for (const type of types) rows.push(await check(folder, type))
} finally {
  await llama.dispose()
  await rm(scratch, { recursive: true, force: true })
}
print(rows)
process.exitCode = rows.every(({ holds }) => holds) ? 0 : 1

async function check(folder: string, type: 'f16' | 'q8_0'): Promise<Row> {
  const name = basename(folder) === 'model' ? basename(dirname(resolve(folder))) : basename(folder)
  const row = { model: name, type, texts: '–', logits: '–', answers: '–', holds: true, note: '' }
  try {
    const from = await openModelFolder(folder)
    const outPath = join(scratch, `${name}-${type}.gguf`)
    const run = writeGguf({ from, read: (tensor) => from.weights.read(tensor), outPath, type })
    let step = await run.next()
    while (!step.done) step = await run.next()
    const model = await llama.loadModel({ modelPath: outPath, defaultContextFlashAttention: false })
    const context = await model.createContext({
      contextSize: 256,
      batchSize: 256,
      threads: 1,
      flashAttention: false,
      // f16 keys and values would hide what the weights do.
      experimentalKvCacheKeyType: 'F32',
      experimentalKvCacheValueType: 'F32',
    })
    const peer = context.getSequence()
    const texts = await compareTexts(model, folder)
    const goldenPath = join(dirname(resolve(folder)), 'golden.json')
    const compared = options.texts
      ? { holds: true }
      : existsSync(goldenPath)
        ? await compareGolden(peer, from, goldenPath, type)
        : await compareAnswers(peer, from)
    await context.dispose()
    await model.dispose()
    await rm(outPath)
    return { ...row, texts: texts.shown, ...compared, holds: texts.holds && compared.holds }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'MODEL_UNSUPPORTED') throw error
    return { ...row, note: `refused: ${error.message.slice(0, 110)}` }
  }
}

/** llama.cpp's logits after each token of a sequence, by token id. */
async function peerLogits(sequence: LlamaSequence, ids: readonly number[]): Promise<Map<number, number>[]> {
  await sequence.clearHistory()
  const asked = ids.map((id) => [id, { generateNext: { logits: true, options: { temperature: 0 } } }])
  const answered = await sequence.controlledEvaluate(asked)
  return answered.map((one) => one!.next.logits!)
}

function best(logits: ReadonlyMap<number, number>): number {
  let [winner, most] = [-1, -Infinity]
  for (const [id, logit] of logits)
    if (logit > most || (logit === most && id < winner)) [winner, most] = [id, logit]
  return winner
}

/** The logits after each token, and the greedy tokens one by one, given transformers' own before them. */
async function compareGolden(peer: LlamaSequence, from: ModelFolder, path: string, type: string) {
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
      else if (options.verbose)
        console.error(`  ${path}: position ${position}: ${chosen}, transformers ${token}`)
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

/** Our greedy answers against llama.cpp's, free running, over the starter's prompts. */
async function compareAnswers(peer: LlamaSequence, from: ModelFolder) {
  const tokenizer = await loadTokenizer(from.dir)
  const prompts = sampleTexts
    .slice(0, 40)
    .map((text) => tokenizer.encode(`<|user|>${text}<|end|><|assistant|>`))
    .filter((ids) => ids.length > 0 && ids.length < 128)
  const settings = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 24, batchSize: 8 }
  const decoder = new Decoder(
    { config: from.config, eosIds: from.eosIds, weights: from.weights },
    settings,
    1,
  )
  let [same, equal, tokens] = [0, 0, 0]
  const prompted = prompts.map((ids) => ({ ids, seed: 1 }))
  for await (const { answered } of decoder.answers(prompted)) {
    for (const { index, answer } of answered) {
      const ours = answer.eosId === null ? answer.ids : [...answer.ids, answer.eosId]
      const found = await peerLogits(peer, [...prompts[index]!, ...ours.slice(0, -1)])
      const theirs = found.slice(prompts[index]!.length - 1).map(best)
      // Up to the first difference both have run freely over the same tokens.
      const matching = ours.findIndex((id, at) => id !== theirs[at])
      if (matching < 0) same++
      equal += matching < 0 ? ours.length : matching
      tokens += ours.length
    }
  }
  await decoder.release()
  return {
    logits: '–',
    answers: `${same}/${prompts.length} answers, ${equal}/${tokens} tokens`,
    holds: same >= prompts.length * 0.95,
    note: 'against our decoder',
  }
}

async function compareTexts(model: LlamaModel, folder: string): Promise<{ shown: string; holds: boolean }> {
  const tokenizer = await loadTokenizer(folder)
  let [equal, count] = [0, 0]
  for (const text of sampleTexts) {
    let ours: number[]
    try {
      ours = tokenizer.encode(text)
    } catch (error) {
      // No token for a character, and none for unknown ones.
      if (error instanceof AppError && error.code === 'BAD_INPUT') continue
      throw error
    }
    // llama.cpp leaves unknown characters out.
    const { unk_token: unknown } = tokenizer.specialTokens
    const known = (id: number): boolean => unknown === undefined || id !== tokenizer.tokenId(unknown)
    ours = ours.filter(known)
    const theirs = [...model.tokenize(text, true)].filter(known)
    count++
    if (theirs.length === ours.length && ours.every((id, i) => id === theirs[i])) equal++
    else if (options.verbose)
      console.error(`  ${JSON.stringify(text)}: llama.cpp ${theirs.join(' ')}, ours ${ours.join(' ')}`)
  }
  return { shown: `${equal}/${count}`, holds: equal === count }
}

function print(found: readonly Row[]): void {
  console.log(
    '| model | type | texts tokenized alike | logits: largest difference (relative) | greedy tokens alike | |',
  )
  console.log('|---|---|---|---|---|---|')
  for (const { model, type, texts, logits, answers, holds, note } of found)
    console.log(
      `| ${model} | ${type} | ${texts} | ${logits} | ${answers} | ${holds ? note : `FAILS ${note}`} |`,
    )
}
