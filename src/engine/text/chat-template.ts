import { join } from 'node:path'
import { z } from 'zod'
import type { Message } from '../../contract/chat.ts'
import { AppError } from '../../contract/errors.ts'
import { TemplateError } from './jinja/template-error.ts'
import { compileTemplate, type Template } from './jinja/template.ts'
import { readJsonIfThere, readTextIfThere } from './read-json.ts'
import { strftimeFixed } from './strftime-fixed.ts'
import type { TextTokenizer } from './tokenizer.ts'
import { modelNotes } from '../../strings/model-notes.ts'

export interface ChatTemplate {
  /** Throws TEMPLATE_BROKEN with the template's own message. */
  render(messages: readonly Message[], options: { addGenerationPrompt: boolean }): string
  /** Where it was found; `default` where the model has none. */
  source: 'chat_template.jinja' | 'tokenizer_config.json' | 'default'
  /** What a person should know of it before using it. */
  warning?: string
}

/** The default of the official repository (alignment-handbook's DEFAULT_CHAT_TEMPLATE, as in uclaml/SPIN). */
export const zephyrTemplate = String.raw`{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\n'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}`

const TokenizerConfig = z.looseObject({
  chat_template: z
    .union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))])
    .nullish(),
})

/**
 * The model's chat template: chat_template.jinja, or `chat_template` of tokenizer_config.json (one text, or named
 * templates of which "default" is taken), or the official repository's default, with a warning.
 */
export async function loadChatTemplate(modelDir: string, tokenizer: TextTokenizer): Promise<ChatTemplate> {
  const file = await readTextIfThere(join(modelDir, 'chat_template.jinja'))
  if (file !== undefined) return createChatTemplate(file, tokenizer, 'chat_template.jinja')
  const path = join(modelDir, 'tokenizer_config.json')
  const parsed = TokenizerConfig.safeParse((await readJsonIfThere(path)) ?? {})
  if (!parsed.success) {
    throw new AppError(
      'TEMPLATE_BROKEN',
      `${path}: expected "chat_template" to be a text or a list of {name, template}.`,
      { path },
    )
  }
  const stated = parsed.data.chat_template
  if (typeof stated === 'string') return createChatTemplate(stated, tokenizer, 'tokenizer_config.json')
  if (stated != null && stated.length > 0) {
    const chosen =
      stated.find(({ name }) => name === 'default') ?? (stated.length === 1 ? stated[0] : undefined)
    if (chosen) return createChatTemplate(chosen.template, tokenizer, 'tokenizer_config.json')
    const names = stated.map(({ name }) => name)
    throw new AppError(
      'TEMPLATE_BROKEN',
      `${path} has ${names.length} chat templates (${names.join(', ')}) and none is called "default". Rename one.`,
      { path, names },
    )
  }
  if (tokenizer.eosToken === undefined) {
    throw new AppError(
      'TEMPLATE_BROKEN',
      `${modelDir} has no chat template, and the default one needs an eos_token, which tokenizer_config.json does ` +
        'not name. Add a chat_template or an eos_token to tokenizer_config.json.',
      { dir: modelDir },
    )
  }
  return {
    ...createChatTemplate(zephyrTemplate, tokenizer, 'default'),
    warning: modelNotes.defaultTemplate,
  }
}

/** Compiles a template. Throws TEMPLATE_BROKEN where it is not Jinja. */
export function createChatTemplate(
  text: string,
  tokenizer: Pick<TextTokenizer, 'specialTokens'>,
  source: ChatTemplate['source'],
): ChatTemplate {
  let template: Template
  try {
    template = compileTemplate(text, { strftimeNow: strftimeFixed })
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause
    throw new AppError(
      'TEMPLATE_BROKEN',
      `the chat template does not parse: ${cause.message}`,
      { source },
      { cause },
    )
  }
  return {
    source,
    ...(text.includes('strftime_now')
      ? {
          warning: modelNotes.fixedDate,
        }
      : {}),
    render(messages, { addGenerationPrompt }) {
      try {
        return template.render({
          messages: messages.map(({ role, content }) => ({ role, content })),
          add_generation_prompt: addGenerationPrompt,
          tools: null,
          documents: null,
          ...tokenizer.specialTokens,
        })
      } catch (cause) {
        if (!(cause instanceof TemplateError)) throw cause
        const roles = messages.map(({ role }) => role)
        throw new AppError(
          'TEMPLATE_BROKEN',
          `the chat template refuses the messages [${roles.join(', ')}]: ${cause.message}`,
          { source, roles },
          { cause },
        )
      }
    },
  }
}
