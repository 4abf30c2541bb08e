import { choice, integer, number } from './option-kinds.ts'
import { option, type OptionTable } from './options.ts'

/** How a model is asked. */
export const promptFormat = option(choice(['chat', 'official']), {
  placeholder: 'NAME',
  help: 'chat: the model’s template. official: ### Instruction: …',
  default: 'chat',
})

/** Which rows of a dataset are taken. */
export const splitOptions = {
  test_share: option(number(), {
    placeholder: 'X',
    help: 'Held-out share where the data has no test split of its own.',
    default: 0.1,
  }),
  limit: option(integer(0), {
    placeholder: 'N',
    help: 'Keeps at most so many train rows; 0 = all.',
    default: 0,
  }),
} satisfies OptionTable

/** What pairs may hold before they are refused. */
export const gateOptions = {
  max_equal: option(number(), {
    placeholder: 'X',
    help: 'Refuses pairs when more than this share has generated = real.',
    default: 0.5,
  }),
  max_capped: option(number(), {
    placeholder: 'X',
    help: 'The same for answers cut at the token limit.',
    default: 0.3,
  }),
  max_empty: option(number(), { placeholder: 'X', help: 'The same for empty answers.', default: 0.05 }),
} satisfies OptionTable
