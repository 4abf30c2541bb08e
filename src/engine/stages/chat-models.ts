import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { ChatSettings } from '../../contract/chat-stream.ts'
import { Decoder } from '../generation/decoder.ts'
import { availableBytes } from '../generation/slot-limit.ts'
import { engineThreads } from '../model/engine-threads.ts'
import { parameterCount } from '../model/weight-names.ts'
import { inContext } from './context-length.ts'
import { type ModelContext, openModel } from './model-context.ts'
import { generationDevice } from './program-backend.ts'

/** As many as are shown side by side. */
const modelsHeld = 2
/** A call's length: how often text appears, and how soon Stop is heard. */
const callMs = 180
const idleMs = 5 * 60_000

export interface ChatModel extends ModelContext {
  dir: string
  promptFormat: ChatSettings['promptFormat']
  /** Names, sizes and times of its files. */
  fingerprint: string
  /** The last program, and what it was compiled for. */
  decoder: { key: string; decoder: Decoder } | null
}

/**
 * Models that stay loaded between the turns of a chat: the last two, or fewer where they would take more than half of the
 * memory. A folder whose files have changed is opened anew. Left alone for five minutes, they are released.
 */
export class ChatModels {
  private held: ChatModel[] = [] // the last used at the end
  private idle: NodeJS.Timeout | null = null

  /** Throws what openModel throws. */
  async open(dir: string, promptFormat: ChatSettings['promptFormat']): Promise<ChatModel> {
    if (this.idle) clearTimeout(this.idle)
    const root = resolve(dir)
    const known = this.held.find((model) => model.dir === root && model.promptFormat === promptFormat)
    if (known && known.fingerprint !== '' && known.fingerprint === (await fingerprintOf(known))) {
      this.held = [...this.held.filter((model) => model !== known), known]
      return known
    }
    if (known) await this.drop(known)
    const context = await openModel(root, promptFormat)
    const model = { ...context, dir: root, promptFormat, fingerprint: '', decoder: null }
    model.fingerprint = await fingerprintOf(model)
    await this.makeRoom(model)
    this.held.push(model)
    return model
  }

  /** The model's decoder, loaded. Top-k, top-p and greedy are compiled into it; throws OUT_OF_MEMORY. */
  async decoder(model: ChatModel, settings: ChatSettings, length: number): Promise<Decoder> {
    const { topK, topP, temperature } = settings
    const { maxPositions } = model.folder.config
    const maxNewTokens = powerOfTwo(Math.min(settings.maxNewTokens, maxPositions), 256)
    // Frequencies that depend on the length are those of a power of two, so that they stay while a conversation grows.
    const { folder, contextLength } = inContext(model.folder, () =>
      Math.min(maxPositions, powerOfTwo(length, 1024)),
    )
    const key = JSON.stringify([temperature === 0, topK, topP, maxNewTokens, contextLength])
    if (model.decoder?.key === key) return model.decoder.decoder
    await model.decoder?.decoder.release()
    model.decoder = null
    const shape = { temperature, topK, topP, maxNewTokens, batchSize: 1 }
    const decoder = new Decoder(folder, shape, engineThreads(folder.config), {
      callMs,
      device: generationDevice(),
    })
    await decoder.load()
    model.decoder = { key, decoder }
    return decoder
  }

  /** No one is answered now: if that lasts, the memory is given back. */
  rest(): void {
    if (this.idle) clearTimeout(this.idle)
    this.idle = setTimeout(() => void this.release(), idleMs)
    this.idle.unref()
  }

  /** Of all models; the next turn loads its own again. Not while an answer is in the making. */
  async release(): Promise<void> {
    // All at once: what is opened while these are released is not theirs.
    const released = this.held
    this.held = []
    for (const model of released) await this.drop(model)
  }

  private async drop(model: ChatModel): Promise<void> {
    this.held = this.held.filter((other) => other !== model)
    await model.decoder?.decoder.release()
    model.decoder = null
  }

  private async makeRoom(coming: ChatModel): Promise<void> {
    const bytes = (models: readonly ChatModel[]) =>
      models.reduce((sum, { folder }) => sum + 4 * parameterCount(folder.config), 0)
    while (
      this.held.length >= modelsHeld ||
      (this.held.length > 0 && bytes([...this.held, coming]) > availableBytes() / 2)
    )
      await this.drop(this.held[0]!)
  }
}

const powerOfTwo = (atLeast: number, least: number): number =>
  Math.max(least, 2 ** Math.ceil(Math.log2(atLeast)))

/** Of all files in the folders that a model is read from; '' where a folder cannot be listed: opening it says why. */
async function fingerprintOf({ folder }: Pick<ModelContext, 'folder'>): Promise<string> {
  const dirs = [...new Set([folder.dir, folder.baseDir, folder.textDir])]
  const entries: string[] = []
  for (const dir of dirs) {
    const names = await unlessUnreachable(readdir(dir))
    if (names === null) return ''
    for (const name of names.toSorted()) {
      // A link to nothing is no file of the model's.
      const entry = await unlessUnreachable(stat(join(dir, name)))
      if (entry?.isFile()) entries.push(`${join(dir, name)} ${entry.size} ${entry.mtimeMs} ${entry.ino}`)
    }
  }
  return entries.join('\n')
}

async function unlessUnreachable<T>(looking: Promise<T>): Promise<T | null> {
  try {
    return await looking
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}
