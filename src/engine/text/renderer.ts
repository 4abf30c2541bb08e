import type { FinishReason, Message } from '../../contract/chat.ts'
import { AppError } from '../../contract/errors.ts'
import type { ChatTemplate } from './chat-template.ts'
import type { TextTokenizer } from './tokenizer.ts'

export interface Renderer {
  /** Token ids of the prompt, generation prompt included. */
  prompt(messages: readonly Message[]): number[]
  /**
   * Token ids of the answer as the model would generate it: the full render minus the prompt's render. Ends with one
   * EOS for `stop` (appended only if absent); `length` answers have neither EOS nor end-of-turn tokens.
   * Throws TEMPLATE_BROKEN where the full render does not start with the prompt's.
   */
  response(prompt: readonly Message[], answer: string, finish: FinishReason): number[]
  /** The texts that `prompt` and `response` encode; `answer` as for `stop`, before its EOS is made sure of. */
  text(prompt: readonly Message[], answer: string): { prompt: string; answer: string }
  /** Throws TEMPLATE_BROKEN where text does not survive rendering, encoding and decoding. */
  checkRoundTrip(prompt: readonly Message[], answer: string): void
}

export interface RendererParts {
  tokenizer: TextTokenizer
  template: ChatTemplate
  /** `official`: uclaml/SPIN's `### Instruction: …\n\n### Response: ` of the first user message, no template. */
  format: 'chat' | 'official'
  eosIds: readonly number[]
}

/** One renderer for generation, scoring and training: what is trained is what was generated. */
export function createRenderer({ tokenizer, template, format, eosIds }: RendererParts): Renderer {
  const eos = new Set(eosIds)
  const closingEos =
    (tokenizer.eosToken !== undefined ? tokenizer.tokenId(tokenizer.eosToken) : undefined) ?? eosIds[0]
  if (closingEos === undefined) {
    throw new AppError(
      'MODEL_BROKEN',
      'the model names no EOS token, so its answers would never end. Add eos_token_id to its config.json.',
    )
  }

  const promptText = (messages: readonly Message[]): string =>
    format === 'official'
      ? officialPrompt(messages)
      : template.render(messages, { addGenerationPrompt: true })

  const fullText = (messages: readonly Message[], answer: string): string =>
    format === 'official'
      ? officialPrompt(messages) + answer
      : template.render([...messages, { role: 'assistant', content: answer }], { addGenerationPrompt: false })

  const responseText = (messages: readonly Message[], answer: string): { before: string; text: string } => {
    const before = promptText(messages)
    const full = fullText(messages, answer)
    if (!full.startsWith(before)) throw partedTemplate(before, full)
    return { before, text: full.slice(before.length) }
  }

  /**
   * In context where the prompt's ids stay as they are, because some tokenizers (Metaspace) treat the start of a text
   * specially; alone, as the official trainer does, where a merge would cross the boundary.
   */
  const encodeAfter = (before: string, text: string): number[] => {
    const promptIds = tokenizer.encode(before)
    const ids = tokenizer.encode(before + text)
    return promptIds.every((id, i) => ids[i] === id) ? ids.slice(promptIds.length) : tokenizer.encode(text)
  }

  /** Where the run of ids at the end that `skips` accepts begins. */
  const tailStart = (ids: readonly number[], skips: (id: number) => boolean): number => {
    let start = ids.length
    while (start > 0 && skips(ids[start - 1]!)) start--
    return start
  }
  const isBlank = (id: number): boolean => tokenizer.decode([id]).trim() === ''

  const response = (messages: readonly Message[], answer: string, finish: FinishReason): number[] => {
    const { before, text } = responseText(messages, answer)
    if (finish === 'length') {
      const end = answerEnd(text, answer)
      if (end !== undefined) return encodeAfter(before, text.slice(0, end))
      const ids = encodeAfter(before, text)
      return ids.slice(
        0,
        tailStart(ids, (id) => eos.has(id) || tokenizer.isSpecial(id) || isBlank(id)),
      )
    }
    const ids = encodeAfter(before, text)
    // A template may write more after its EOS ("\n", another EOS); a model that stops at the first never does.
    const tail = tailStart(ids, (id) => eos.has(id) || isBlank(id))
    const first = ids.findIndex((id, i) => i >= tail && eos.has(id))
    return first < 0 ? [...ids, closingEos] : ids.slice(0, first + 1)
  }

  return {
    prompt: (messages) => tokenizer.encode(promptText(messages)),
    response,
    text(messages, answer) {
      const { before, text } = responseText(messages, answer)
      return { prompt: before, answer: text }
    },
    checkRoundTrip(messages, answer) {
      const full = fullText(messages, answer)
      // Blanks beside special tokens are not kept by every tokenizer; the answer's own are compared below.
      const back = tokenizer.decode(tokenizer.encode(full))
      compare('the rendered conversation', full.replace(/\s+/g, ''), back.replace(/\s+/g, ''))
      const ids = response(messages, answer, 'stop')
      const closing = eos.has(ids.at(-1) ?? -1) ? ids.slice(0, -1) : ids
      compare('the answer', answer.trim(), tokenizer.decode(closing, { skipSpecial: true }).trim())
    },
  }
}

function officialPrompt(messages: readonly Message[]): string {
  const user = messages.find(({ role }) => role === 'user')
  if (!user) {
    throw new AppError(
      'BAD_INPUT',
      'the official prompt format needs a user message; this conversation has none.',
      {
        roles: messages.map(({ role }) => role),
      },
    )
  }
  return `### Instruction: ${user.content}\n\n### Response: `
}

/** Where the answer ends in the rendered response; undefined where the template rewrote it. Templates may trim it. */
function answerEnd(text: string, answer: string): number | undefined {
  for (const form of [answer, answer.trimEnd(), answer.trimStart(), answer.trim()]) {
    const at = text.indexOf(form)
    if (at >= 0 && text.slice(0, at).trim() === '') return at + form.length
  }
  return undefined
}

function partedTemplate(before: string, full: string): AppError {
  const at = firstDifference(before, full)
  return new AppError(
    'TEMPLATE_BROKEN',
    `the chat template writes the prompt differently once it is answered: after ${quote(before.slice(Math.max(0, at - 30), at))} ` +
      `the prompt goes on with ${quote(before.slice(at, at + 40))}, the answered conversation with ` +
      `${quote(full.slice(at, at + 40))}. A response cannot be cut out. Use a template that keeps them equal (many ` +
      '"thinking" templates do not), or the official prompt format.',
    { at },
  )
}

function compare(what: string, expected: string, found: string): void {
  // A tokenizer that composes characters (NFC) changes bytes, not text.
  const wanted = expected.normalize('NFC')
  const got = found.normalize('NFC')
  if (wanted === got) return
  const at = firstDifference(wanted, got)
  throw new AppError(
    'TEMPLATE_BROKEN',
    `${what} does not survive encoding and decoding: at character ${at} expected ${quote(wanted.slice(at, at + 40))}, ` +
      `found ${quote(got.slice(at, at + 40))}. Its text, the chat template or the tokenizer do not fit together.`,
    { at },
  )
}

function firstDifference(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}

const quote = (text: string): string => (text === '' ? 'nothing' : JSON.stringify(text))
