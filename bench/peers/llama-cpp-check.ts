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
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { AppError } from '../../src/contract/errors.ts'
import { Decoder } from '../../src/engine/generation/decoder.ts'
import { writeGguf } from '../../src/engine/model/gguf/write-gguf.ts'
import { type ModelFolder, openModelFolder } from '../../src/engine/model/model-folder.ts'
import { loadTokenizer } from '../../src/engine/text/tokenizer.ts'
import { compareGolden } from './compare-golden.ts'
import { best, type LlamaModel, type LlamaSequence, openLlamaCpp, peerLogits } from './node-llama-cpp.ts'
import { sampleTexts } from './sample-texts.ts'

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

const llama = await openLlamaCpp(options.peers, {
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
        ? await compareGolden(peer, from, goldenPath, type, options.verbose)
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
