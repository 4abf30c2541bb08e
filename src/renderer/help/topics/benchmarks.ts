import type { Topic } from '../topic.ts'

export const benchmarks: Topic = {
  id: 'benchmarks',
  title: 'Benchmarks',
  summary: 'The public tasks of the SPIN paper, by which models are compared with those of others.',
  sections: [
    {
      title: 'The six tasks',
      blocks: [
        {
          table: {
            head: ['Task', 'What it asks', 'How it is scored'],
            rows: [
              ['ARC-Challenge', 'Science questions of school', 'Choices by log-likelihood per character'],
              ['HellaSwag', 'How a text goes on', 'Choices by log-likelihood per character'],
              ['TruthfulQA', 'Common misbeliefs', 'The probability that true answers get, of all answers'],
              ['MMLU', '57 subjects from algebra to virology', 'The letter with the highest log-likelihood'],
              ['Winogrande', 'Whom a pronoun means', 'The likelier of two readings'],
              ['GSM8K', 'Word problems of arithmetic', 'The number at the end of a generated answer'],
            ],
          },
        },
        'The average is the plain mean of the six. It is shown when a model has all of them. Tasks of your own are measured and tabled beside the six, and are no part of the average.',
      ],
    },
    {
      title: 'Two profiles',
      blocks: [
        '**As the paper measured** reproduces lm-evaluation-harness 0.4.0, by which the paper’s numbers were made: in that version Winogrande was asked without examples, and GSM8K’s answers ended at other words than today.',
        '**As measured today** reproduces version 0.4.13: every task has its examples, GSM8K’s answer is read strictly and flexibly, and prompts may be written as chats by the model’s own template.',
        'The same model gets different numbers by each. A table or chart therefore only has scores of one profile, one limit and one kind of prompt; the choice above the table goes from one to another. Published rows stand only beside scores that were made alike.',
      ],
    },
    {
      title: 'The data',
      blocks: [
        'Each task reads its dataset from a folder of its own below the data folder. The page says for each whether it is **ready**, **missing**, or **not the published rows**: then files are there, but their rows are not those that others measured by. **Fetch** downloads what is missing from the hub, where there is a network; files that you have already can be put into the folders that the page names.',
        'A task of your own is a YAML file; **Add a task…** takes it up.',
      ],
    },
    {
      title: 'Cost first',
      blocks: [
        'Before anything starts a short probe of the model on the tasks’ own prompts says how long each task takes. Prompts that several choices share are computed once. **A quick look** takes the first questions of each task only: good to see whether all works, too few to compare models by.',
        'Measuring goes on when the page is left. It can be paused and goes on at the question where it stopped. While a self-play run is at work it waits, unless you let it go on beside the run.',
      ],
    },
    {
      title: 'Reading the table',
      blocks: [
        {
          list: [
            '**±** after a score is one standard error: what another draw of as many questions might change.',
            'Below it stands the change against the base, with half of its 95% interval. Both models answered the same questions, so the questions are resampled together (a paired bootstrap): the interval is much narrower than the two errors suggest. See [Results](results).',
            'The best of a column is **bold**. Published rows stand on a ground of their own, in italics, with their source.',
            '**Seen in training?** looks for runs of words that a training row and a question share. A task whose questions were trained on measures memory.',
          ],
        },
        'A click on a score opens its questions: each choice with its log-likelihood, which one was right and which was picked, or the generated answer with what was read out of it. Choose another evaluation to see the questions that changed.',
      ],
    },
  ],
}
