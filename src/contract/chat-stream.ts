import { z } from 'zod'
import { FinishReason, Message } from './chat.ts'
import { GenerationSettings } from './settings.ts'

/** Talking to a model: one answer, piece by piece. */

/** How an answer is sampled; greedy is `temperature: 0`. The same settings and conversation give the same answer. */
export const ChatSettings = GenerationSettings.omit({ batchSize: true })
export type ChatSettings = z.infer<typeof ChatSettings>

/** A conversation that a user's message ends. */
export const Conversation = z
  .array(Message)
  .min(1)
  .refine((messages) => messages.at(-1)?.role === 'user', 'Expected the last message to be the user’s')

export const ChatRequest = z.object({
  /** A Hugging Face or a PEFT folder. */
  modelDir: z.string().min(1),
  messages: Conversation,
  settings: ChatSettings,
})
export type ChatRequest = z.input<typeof ChatRequest>

/** The model is loaded and begins to read: also after the engine was restarted, when the answer begins anew. */
export const ChatBegin = z.object({
  kind: z.literal('begin'),
  promptTokens: z.number().int(),
  /** What the answer may have: the settings' longest answer, or what the context leaves. */
  maxNewTokens: z.number().int(),
  /** Taken by loading the model; about 0 where it was still loaded. */
  loadSeconds: z.number(),
})
export const ChatText = z.object({
  kind: z.literal('text'),
  /** What has become readable since the last piece: whole characters, never empty. */
  text: z.string(),
  /** Of the answer so far. */
  tokens: z.number().int(),
})
export const ChatDone = z.object({
  kind: z.literal('done'),
  /** `context`: the model's context ended before the longest answer did. */
  finish: z.enum([...FinishReason.options, 'context']),
  promptTokens: z.number().int(),
  tokens: z.number().int(),
  /** From the first look at the prompt to the last token; loading is not among it. */
  seconds: z.number(),
  /** The whole answer. Where a piece had to be guessed (bytes that are no text), this is right. */
  text: z.string(),
})
export type ChatDone = z.infer<typeof ChatDone>

/** What a model folder says about how it wants to be asked. */
export const ChatDefaults = z.object({
  /** generation_config.json's; 0 (greedy) unless it says to sample, as transformers reads it. What it does not say is off. */
  temperature: z.number(),
  topK: z.number().int(),
  topP: z.number(),
  /** null = not stated. */
  maxNewTokens: z.number().int().nullable(),
  /** Tokens of prompt and answer together. */
  context: z.number().int(),
  /** What a person should know of the model. */
  warnings: z.array(z.string()),
})
export type ChatDefaults = z.infer<typeof ChatDefaults>
