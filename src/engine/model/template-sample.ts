import type { Message } from '../../contract/chat.ts'
import type { ModelCard } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { ChatTemplate } from '../text/chat-template.ts'
import type { TextTokenizer } from '../text/tokenizer.ts'

type TemplateSample = NonNullable<ModelCard['template']>

const system: Message = { role: 'system', content: 'You answer in one short sentence.' }
const turns: readonly Message[] = [
  { role: 'user', content: 'Name a colour of the sea.' },
  { role: 'assistant', content: 'The sea is often blue.' },
]

/**
 * A short conversation as the model sees it, its special tokens apart. Without the system message where the template refuses
 * one (Gemma's does). Throws TEMPLATE_BROKEN where it refuses user and assistant as well.
 */
export function renderSample(template: ChatTemplate, tokenizer: TextTokenizer): TemplateSample {
  const { text, takesSystem } = renderWithSystem(template)
  const ids = encoded(tokenizer, text)
  return {
    source: template.source,
    takesSystem,
    tokens: ids && ids.length,
    parts: splitAtSpecial(
      text,
      (ids ?? []).filter((id) => tokenizer.isSpecial(id)).map((id) => tokenizer.decode([id])),
    ),
  }
}

function renderWithSystem(template: ChatTemplate): { text: string; takesSystem: boolean } {
  const options = { addGenerationPrompt: false }
  try {
    return { text: template.render([system, ...turns], options), takesSystem: true }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { text: template.render(turns, options), takesSystem: false }
  }
}

/** null where the tokenizer has no tokens for the sample: a model of another alphabet. */
function encoded(tokenizer: TextTokenizer, text: string): number[] | null {
  try {
    return tokenizer.encode(text)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}

/** The text cut at the tokens, which occur in it in this order. */
function splitAtSpecial(text: string, tokens: readonly string[]): TemplateSample['parts'] {
  const parts: TemplateSample['parts'] = []
  let at = 0
  for (const token of tokens) {
    const found = token === '' ? -1 : text.indexOf(token, at)
    if (found < 0) continue
    if (found > at) parts.push({ text: text.slice(at, found), special: false })
    parts.push({ text: token, special: true })
    at = found + token.length
  }
  if (at < text.length) parts.push({ text: text.slice(at), special: false })
  return parts
}
