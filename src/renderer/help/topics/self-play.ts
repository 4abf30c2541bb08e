import type { Topic } from '../topic.ts'

export const selfPlay: Topic = {
  id: 'self-play',
  title: 'What self-play does',
  summary: 'How a model gets better from nothing but prompts and human answers.',
  sections: [
    {
      title: 'The loop',
      blocks: [
        'You give a chat model and a file of prompts with answers that people wrote or approved. In each **iteration** the model answers the same prompts itself. Then it is trained to find the human answers more likely, and its own less likely, than before. The result is the **opponent** of the next iteration, which is harder to beat.',
        { figure: 'loop' },
        'Nobody has to say which of two answers is better: the human answer always is the one to prefer. When the model’s answers can no longer be told from the human ones, there is nothing left to learn.',
      ],
    },
    {
      title: 'What one iteration does',
      blocks: [
        {
          list: [
            '**Generate**: the opponent answers every training prompt, in fractions that are saved one by one.',
            '**Gather**: each prompt, its human answer and its generated answer become a pair. Equal, cut and empty answers are counted.',
            '**Train**: the model learns from the pairs, beginning exactly where the opponent stands. The loss at the first step is therefore ln 2 = 0.693.',
            '**Evaluate**: prompts that were held back are answered and scored. The score says whether the iteration was worth it.',
          ],
        },
        'The method is Self-Play Fine-Tuning (SPIN), Chen et al. 2024, arXiv 2401.01335.',
      ],
    },
    {
      title: 'What to expect',
      blocks: [
        'Most of the gain comes in the first iteration. It helps a model that has not learned all that its data can teach; one that was trained to the end on the same data gains little.',
        'On the starter, over three seeds, sampled answers became valid 11 points more often than the base’s and 1 to 4 points more often than with as many steps of plain fine-tuning. Greedy answers were better than the base’s, but 1 to 3.5 points below plain fine-tuning. That is a tiny model on tasks with many valid answers; it does not say how a large one behaves. “Also train plain SFT” in the [plan](plan) shows it for yours.',
      ],
    },
    {
      title: 'Five steps',
      blocks: [
        'A project has five steps in the sidebar: [Model](model), [Dataset](dataset), [Plan](plan), [Run](run), [Results](results). A later step opens any time and says what it still needs. With the starter on Home all five are filled in: one click runs a real loop.',
      ],
    },
  ],
}
