import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import { readJsonIfThere } from '../text/read-json.ts'
import { expectedWeights } from './weight-names.ts'
import type { ModelFolder } from './model-folder.ts'
import { syncFolder, type Weight, type WeightDtype, writeSafetensors } from './safetensors.ts'

export interface WriteModelRequest {
  /** The model whose config, tokenizer and template the new one takes over. */
  from: ModelFolder
  outDir: string
  /** All weights of the config by name, float32, and nothing else. */
  weights: ReadonlyMap<string, Weight>
  dtype: WeightDtype
}

export interface WrittenModel {
  dir: string
  /** Of model.safetensors, hex. */
  sha256: string
  bytes: number
}

const torchNames: Record<WeightDtype, string> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' }

/** Files that are copied as they are, where the source has them. */
const copied = [
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
  'chat_template.jinja',
  'LICENSE',
  'LICENSE.txt',
  'LICENSE.md',
  'NOTICE',
]

/**
 * Writes a Hugging Face folder under `outDir + '.partial'`, fsyncs it and renames it. A folder already there is kept
 * where it is equal, and otherwise moved aside to `outDir + '.replaced-N'` once the new one is complete.
 * Throws MODEL_BROKEN (weights that do not fit the config), NOT_FINITE, or FILE_EXISTS where outDir is no model.
 */
export async function writeModelFolder(request: WriteModelRequest): Promise<WrittenModel> {
  const { from, weights, dtype } = request
  const outDir = resolve(request.outDir)
  checkComplete(request)
  await refuseForeignFolder(outDir, from.dir)
  const partial = `${outDir}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })

  const config = z.record(z.string(), z.unknown()).parse(await readJsonIfThere(join(from.dir, 'config.json')))
  // transformers 5 says "dtype" for what 4 called "torch_dtype".
  config['dtype' in config ? 'dtype' : 'torch_dtype'] = torchNames[dtype]
  if ('dtype' in config) delete config['torch_dtype']
  await writeDurable(join(partial, 'config.json'), `${JSON.stringify(config, null, 2)}\n`)
  const there = new Set(await readdir(from.dir))
  for (const name of copied) {
    if (there.has(name)) await writeDurable(join(partial, name), await readFile(join(from.dir, name)))
  }
  const written = await writeSafetensors(join(partial, 'model.safetensors'), weights, dtype)
  await syncFolder(partial)
  await moveIntoPlace(partial, outDir)
  return { dir: outDir, ...written }
}

function checkComplete({ from, weights }: WriteModelRequest): void {
  const expected = expectedWeights(from.config)
  for (const [name, shape] of expected) {
    const weight = weights.get(name)
    if (!weight)
      throw new AppError('MODEL_BROKEN', `the model to be written lacks "${name}".`, { tensor: name })
    if (weight.shape.length !== shape.length || weight.shape.some((side, i) => side !== shape[i])) {
      const found = weight.shape.join(', ')
      throw new AppError(
        'MODEL_BROKEN',
        `"${name}" is [${found}]; its config asks for [${shape.join(', ')}].`,
        { tensor: name },
      )
    }
  }
  for (const name of weights.keys()) {
    if (!expected.has(name))
      throw new AppError('MODEL_BROKEN', `"${name}" has no place in this model.`, { tensor: name })
  }
}

async function refuseForeignFolder(outDir: string, sourceDir: string): Promise<void> {
  if (outDir === resolve(sourceDir)) {
    throw new AppError(
      'FILE_EXISTS',
      `${outDir} is the start model itself; choose another folder for the new one.`,
      { dir: outDir },
    )
  }
  const names = await namesIn(outDir)
  if (names === undefined || names.length === 0 || names.includes('config.json')) return
  throw new AppError(
    'FILE_EXISTS',
    `${outDir} is there and holds no model (no config.json); nothing was written. Choose an empty or a new folder.`,
    { dir: outDir },
  )
}

async function namesIn(dir: string): Promise<string[] | undefined> {
  const there = await stat(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (there === undefined) return undefined
  if (!there.isDirectory())
    throw new AppError('FILE_EXISTS', `${dir} is a file; expected a folder, or nothing.`, { dir })
  return readdir(dir)
}

async function moveIntoPlace(partial: string, outDir: string): Promise<void> {
  const names = await namesIn(outDir)
  if (names !== undefined) {
    if ((await folderHash(partial)) === (await folderHash(outDir))) {
      await rm(partial, { recursive: true })
      return
    }
    if (names.length === 0) await rm(outDir, { recursive: true })
    else await rename(outDir, await freeName(outDir))
  }
  await rename(partial, outDir)
  await syncFolder(dirname(outDir))
}

async function freeName(outDir: string): Promise<string> {
  const taken = new Set(await readdir(dirname(outDir)))
  let number = 1
  while (taken.has(`${basename(outDir)}.replaced-${number}`)) number++
  return `${outDir}.replaced-${number}`
}

async function folderHash(dir: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(dir)).toSorted()) {
    hash.update(`\n${name}\n`)
    const file = await open(join(dir, name))
    try {
      if ((await file.stat()).isFile()) {
        for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 2 ** 22 }))
          hash.update(chunk as Buffer)
      }
    } finally {
      await file.close()
    }
  }
  return hash.digest('hex')
}

async function writeDurable(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}
