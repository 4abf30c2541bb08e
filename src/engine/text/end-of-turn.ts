import type { ChatTemplate } from './chat-template.ts'
import type { TextTokenizer } from './tokenizer.ts'

/**
 * The special token that this template writes right after an answer (`<|im_end|>`, `<|eot_id|>`, `</s>`): a model
 * tuned with the template stops with it, whatever its config says. Undefined where the template writes none.
 * Throws TEMPLATE_BROKEN where the template refuses a question and its answer.
 */
export function endOfTurnId(template: ChatTemplate, tokenizer: TextTokenizer): number | undefined {
  const answer = '42'
  const full = template.render(
    [
      { role: 'user', content: 'What is six times seven?' },
      { role: 'assistant', content: answer },
    ],
    { addGenerationPrompt: false },
  )
  const after = full.slice(full.lastIndexOf(answer) + answer.length).trimStart()
  const first = tokenizer.encode(after)[0]
  return first !== undefined && tokenizer.isSpecial(first) ? first : undefined
}
