import type { Topic } from '../topic.ts'

export const results: Topic = {
  id: 'results',
  title: 'Results',
  summary: 'What the intervals mean, which iteration is best, and going back to another.',
  sections: [
    {
      title: 'Scores',
      blocks: [
        {
          list: [
            '**Sampled**: the share of valid answers at temperature 1. Wants rows with a checker.',
            '**Greedy**: the same with the likeliest token each time.',
            '**Held-out NLL**: how unlikely the human answers to held-back prompts are, in nats a token. Lower is better. There is always one.',
          ],
        },
        'Base is the model you started from. Plain SFT, where the plan asked for it, is the base trained for as many steps on the human answers alone: what self-play has to beat.',
      ],
    },
    {
      title: 'Intervals',
      blocks: [
        'Bars are 95% intervals over the held-out prompts. Whether one model is **clearly** better than another is not read from two bars that do or do not overlap: both answered the same prompts, so the differences prompt by prompt are drawn again a thousand times (a paired bootstrap; beyond 1,500 prompts the normal law, which agrees with it). “Clear” means that the interval of the difference leaves out 0, “within error” that it does not.',
        'More held-out prompts make the intervals narrower: four times as many halve them.',
      ],
    },
    {
      title: 'Best iteration',
      blocks: [
        'An iteration becomes the best when its deciding score gains on the best before it, by at least the plan’s smallest gain. Smaller gains add up. If none beats the base, the base stays the best. The loop stops when as many iterations in a row as the plan allows did not gain.',
      ],
    },
    {
      title: 'Continue, roll back, use',
      blocks: [
        {
          list: [
            '**Continue** makes a new project from this model with the same rows.',
            '**Roll back** uses an earlier model. Nothing is deleted; any saved model can be used again.',
            '**Export** writes the model for other programs: see [Export](export).',
            '**Chat** puts base and model side by side: see [Chat](chat).',
          ],
        },
      ],
    },
  ],
}
