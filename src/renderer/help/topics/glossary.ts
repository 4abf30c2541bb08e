import type { Topic } from '../topic.ts'

const terms: readonly (readonly [string, string])[] = [
  ['Adapter', 'Two small matrices beside each large one of the model (LoRA). Only they are trained.'],
  ['Anchor', 'The weight of the human answers’ plain log-likelihood in the loss. Keeps them likely.'],
  ['Base', 'The model that the first iteration starts from.'],
  [
    'Beta (β)',
    'How strongly a difference from the opponent counts. Larger keeps the new model closer to it.',
  ],
  ['Capped', 'Of an answer: cut at the limit of new tokens, so that it has no end.'],
  ['Checkpoint', 'All that training needs to go on from a step, on disk.'],
  ['Context', 'The most tokens a model takes, prompt and answer together.'],
  ['Epoch', 'One pass over all pairs.'],
  ['Fraction', 'A file of so many generated answers. A stop loses at most the answer in flight.'],
  ['Generated answer', 'What the opponent answered. Orange everywhere.'],
  ['Greedy', 'Always the likeliest token: temperature 0.'],
  ['Held-out rows', 'Rows kept out of training. All scores come from them.'],
  ['Human answer', 'The answer in your file. Teal everywhere.'],
  ['Iteration', 'Generate, train and evaluate once. Numbered from 0.'],
  ['KL', 'How far one model is from another, in nats an answer.'],
  ['ln 2', '0.693, the loss of a model that prefers neither answer.'],
  ['Log-prob', 'The logarithm of how likely a model finds a text. Closer to 0 is likelier.'],
  ['Margin', 'The human answer’s reward minus that of the generated one.'],
  ['Nat', 'The unit of log-probs. One nat is a factor of 2.72 in probability.'],
  ['New model', 'The model that an iteration makes. Indigo everywhere.'],
  ['NLL', 'Minus the log-prob, a token on average. Lower is better.'],
  ['Opponent', 'The model as it was when the iteration began: it generates the answers to beat.'],
  ['Pair', 'A prompt with its human and its generated answer.'],
  ['Plain SFT', 'Training on the human answers alone, for comparison.'],
  ['Policy', 'The model in training, as the literature calls it.'],
  ['QLoRA', 'LoRA on a base that is held in 8 or 4 bits meanwhile.'],
  ['Reward', 'Beta × (log-prob by the new model − log-prob by the opponent) of an answer.'],
  ['Temperature', 'How freely tokens are drawn. 0 is greedy; above 1 rarer ones come more often.'],
  ['Template', 'How a conversation is written down for the model.'],
  ['Token', 'A piece of text as the model sees it: a word, a part of one, a sign.'],
]

export const glossary: Topic = {
  id: 'glossary',
  title: 'Glossary',
  summary: 'The words of this program and of its field.',
  sections: [{ title: 'Terms', blocks: [{ table: { head: ['Term', 'Meaning'], rows: terms } }] }],
}
