import type { Topic } from '../topic.ts'

export const run: Topic = {
  id: 'run',
  title: 'Run',
  summary: 'Reading the charts; pausing, resuming, and what a crash costs.',
  sections: [
    {
      title: 'Reading the charts',
      blocks: [
        {
          table: {
            head: ['Chart', 'What it shows', 'What is good'],
            rows: [
              [
                'Loss',
                'The SPIN term. It begins at ln 2 = 0.693: the model equals its opponent and prefers nothing.',
                'It falls. Near 0 very early means the pairs are too easy.',
              ],
              [
                'Rewards',
                'Beta × how much more likely the model finds an answer than its opponent does: one line for human answers, one for generated ones.',
                'Human at or above 0, generated below. When both fall, the human answers are being forgotten too.',
              ],
              [
                'Margin',
                'The human answers’ reward minus that of the generated ones.',
                'It rises and levels off.',
              ],
              [
                'Accuracy',
                'The share of pairs in which the human answer has the higher reward. 50% is a coin flip.',
                'Above 50%. Close to 100% says nothing about quality.',
              ],
              [
                'KL',
                'How far the model has moved from its opponent, in nats an answer, measured on the opponent’s own answers.',
                'Slow growth. A jump says that the learning rate is too high.',
              ],
              [
                'Gradient norm',
                'The length of the gradient before it is cut to the limit.',
                'No lasting rise.',
              ],
              [
                'Entropy',
                'How undecided the model is about the next token.',
                'A slow fall. A collapse means that answers repeat.',
              ],
              [
                'Human-answer loss',
                'How unlikely the human answers are, in nats a token.',
                'It does not rise.',
              ],
            ],
          },
        },
        'Thin lines are single steps, thick ones smoothed; the factor is printed. Every chart has a table of its numbers in its menu. Held-out scores on [Results](results) decide; a nice training curve alone proves nothing.',
      ],
    },
    {
      title: 'Pause and resume',
      blocks: [
        'Pause finishes the step in flight and saves it. The processor is then free, and Resume goes on from there, today or next month. Cancel ends a run without deleting anything.',
        'The window may be closed: the run goes on. Quitting the program pauses the run first; the desktop window asks before it does.',
      ],
    },
    {
      title: 'After a crash or a reboot',
      blocks: [
        'Every fraction of answers, every answer since, and a checkpoint each so many steps (25 for small models, 50 otherwise) are on disk before they count. Home shows the stopped run with Resume. What is repeated are at most the steps since the last checkpoint; the result is the same to the last byte.',
        'The engine is a process of its own. If it ends, for lack of memory or otherwise, the program starts it again and goes on by itself. After several ends without progress it stops and says why: see [Errors](errors).',
      ],
    },
    {
      title: 'Gates before training',
      blocks: [
        {
          list: [
            'More than 50 % of the generated answers equal the human ones: there is nothing to learn from.',
            'More than 30 % were cut at the limit of new tokens: the model would learn length. The Paper preset allows it, as the published run did.',
            'More than 5 % are empty.',
            'The loss at step 0 is not ln 2, within 0.001: model and opponent differ before anything was trained.',
          ],
        },
        'Each stops the run before training costs anything, and says what to do.',
      ],
    },
  ],
}
