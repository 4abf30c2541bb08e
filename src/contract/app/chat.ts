import { z } from 'zod'
import { Message } from '../chat.ts'
import { ChatBegin, ChatDefaults, ChatDone, ChatRequest, ChatText } from '../chat-stream.ts'
import { LogEvent } from '../engine.ts'
import { GenerationSettings } from '../settings.ts'

/** Talking to the models of a project. */

/** The engine is at something else; the answer begins when that has ended. */
export const ChatWaiting = z.object({
  kind: z.literal('waiting'),
  /** What it is at: an engine's stream, or "chat" for another answer. */
  running: z.string(),
})

export const ChatEvent = z.union([ChatWaiting, LogEvent, ChatBegin, ChatText, ChatDone])
export type ChatEvent = z.infer<typeof ChatEvent>

/** A held-out prompt of a project's dataset, and what a human answered. */
export const HeldOutPrompt = z.object({
  row: z.number().int(), // from 0
  rows: z.number().int(),
  prompt: z.array(Message).min(1),
  answer: z.string(),
})
export type HeldOutPrompt = z.infer<typeof HeldOutPrompt>

export const chatContract = {
  calls: {
    /** What the folder says about sampling, and the prompt format of the project's plan. */
    chatDefaults: {
      input: z.object({ modelDir: z.string().min(1), projectId: z.string() }),
      output: ChatDefaults.extend({ promptFormat: GenerationSettings.shape.promptFormat.unwrap() }),
    },
    /** The held-out row of this number, counted on from the first behind the last. BAD_INPUT where there are none. */
    heldOutPrompt: {
      input: z.object({ projectId: z.string(), row: z.number().int().min(0) }),
      output: HeldOutPrompt,
    },
  },
  streams: {
    /** One answer; ends with `done`. Leaving the stream stops it. After a `begin` the answer starts from nothing. */
    chat: { input: ChatRequest, event: ChatEvent },
  },
} as const
