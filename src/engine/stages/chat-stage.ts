import type { z } from 'zod'
import type { ChatBegin, ChatDefaults, ChatDone, ChatRequest, ChatText } from '../../contract/chat-stream.ts'
import { AppError } from '../../contract/errors.ts'
import { openModelFolder } from '../model/model-folder.ts'
import { hash32 } from '../tensor/random.ts'
import { StreamedText } from '../text/streamed-text.ts'
import { ChatModels, type ChatModel } from './chat-models.ts'
import { count } from '../../strings/amounts.ts'

type Request = z.output<typeof ChatRequest>
type ChatEvent = z.infer<typeof ChatBegin> | z.infer<typeof ChatText> | ChatDone

/** Of this process. */
export const chatModels = new ChatModels()

/**
 * One answer, passed on piece by piece: whole characters only. It is what `Decoder.answers` gives for the rendered
 * conversation, whatever the pieces. Throws BAD_INPUT, with the numbers, for a conversation that leaves no room in the
 * model's context, CANCELLED between two pieces, OUT_OF_MEMORY, and what opening a model throws.
 */
export async function* chatStage(
  { modelDir, messages, settings }: Request,
  signal: AbortSignal,
  models = chatModels,
): AsyncGenerator<ChatEvent> {
  try {
    const openedAt = performance.now()
    const model = await models.open(modelDir, settings.promptFormat)
    const ids = promptOf(model, messages, settings.promptFormat)
    const room = roomFor(model, ids)
    const maxNewTokens = Math.min(room, settings.maxNewTokens)
    const decoder = await models.decoder(model, settings, ids.length + maxNewTokens)
    const startedAt = performance.now()
    yield {
      kind: 'begin',
      promptTokens: ids.length,
      maxNewTokens,
      loadSeconds: (startedAt - openedAt) / 1000,
    }
    const streamed = new StreamedText(model.tokenizer)
    const prompt = { ids, seed: hash32(settings.seed, 'chat', messages.length), maxNewTokens }
    let tokens = 0
    for await (const part of decoder.answers([prompt], { temperature: settings.temperature })) {
      if (signal.aborted) throw new AppError('CANCELLED', 'The answer was stopped.')
      const made = part.made.flatMap((one) => one.ids)
      tokens += made.length
      const [answered] = part.answered
      const text = streamed.push(made) + (answered ? streamed.end() : '')
      if (text !== '') yield { kind: 'text', text, tokens }
      if (!answered) continue
      const { finish } = answered.answer
      yield {
        kind: 'done',
        finish: finish === 'length' && tokens < settings.maxNewTokens ? 'context' : finish,
        promptTokens: ids.length,
        tokens,
        seconds: (performance.now() - startedAt) / 1000,
        text: streamed.text(),
      }
    }
  } catch (error) {
    // Kept weights would stand in the way of the next attempt.
    if (error instanceof AppError && error.code === 'OUT_OF_MEMORY') await models.release()
    throw error
  } finally {
    models.rest()
  }
}

/** What the folder says about sampling. Throws what openModelFolder throws. */
export async function chatDefaults(modelDir: string): Promise<z.infer<typeof ChatDefaults>> {
  const { generation, config, warnings } = await openModelFolder(modelDir)
  const { doSample, temperature = 1, topK = 0, topP = 1, maxNewTokens = null } = generation
  const context = config.maxPositions
  return { temperature: doSample ? temperature : 0, topK, topP, maxNewTokens, context, warnings }
}

function promptOf(
  { renderer }: ChatModel,
  messages: Request['messages'],
  format: Request['settings']['promptFormat'],
): number[] {
  if (format === 'official' && messages.length > 1) {
    throw new AppError(
      'BAD_INPUT',
      `The official prompt format holds one instruction, and this conversation has ${messages.length} messages. Start a ` +
        'new chat, or choose the model’s own template.',
      { messages: messages.length },
    )
  }
  return renderer.prompt(messages)
}

function roomFor({ folder }: ChatModel, ids: readonly number[]): number {
  const { maxPositions } = folder.config
  if (ids.length < maxPositions) return maxPositions - ids.length
  throw new AppError(
    'BAD_INPUT',
    `This conversation has ${count(ids.length)} tokens, and the model’s context holds ` +
      `${count(maxPositions)} with the answer. Shorten the last message or start a new chat.`,
    { promptTokens: ids.length, context: maxPositions },
  )
}
