import { planStrings } from '../../strings/plan.ts'
import type { Block, Topic } from '../topic.ts'

const { fields } = planStrings
type Field = keyof typeof fields

/** The sentences that the fields themselves show. */
const table = (names: readonly Field[]): Block => ({
  table: { head: ['Setting', 'What it does'], rows: names.map((name) => [fields[name][0], fields[name][2]]) },
})

export const plan: Topic = {
  id: 'plan',
  title: 'Plan',
  summary: 'Every setting, the presets they come from, and the forecast.',
  sections: [
    {
      title: 'Presets',
      blocks: [
        'Everything has a value that fits your model and rows; a run can be started without changing any. The line on top says what differs from its preset.',
        {
          list: [
            '**Quick look**: 300 rows, one iteration, one pass, 64 held-out prompts. It shows that everything works, in minutes; its scores say little.',
            '**Workstation**: two iterations, AdamW, a cosine that falls to 10 %, all pairs and those of the iteration before. Learning rate, beta, anchor and temperature depend on the model’s size, below.',
            '**Paper**: the published run of SPIN. Four iterations with learning rate 5e-7, 5e-7, 1e-7, 1e-7 and beta 0.1, 0.1, 0.1, 5.0; RMSprop, 64 pairs a step, 2 epochs of a decay over 6, greedy opponents of 256 tokens, no anchor, no guards. Prompts are written in your model’s own template.',
            '**Custom**: anything else. “Save as preset…” keeps it under a name for other projects; [Settings](settings) deletes it.',
          ],
        },
      ],
    },
    {
      title: 'What depends on the size',
      blocks: [
        {
          table: {
            head: ['Parameters', 'Learning rate', 'Beta', 'Human anchor', 'Temperature', 'LoRA’s rate'],
            rows: [
              ['up to 4 million', '3e-4', '0.3', '1', '1.4', '× 3'],
              ['100 million', '2e-6', '0.1', '0.5', '1', '× 10'],
              ['1 billion and more', '5e-7', '0.1', '0.2', '1', '× 10'],
            ],
          },
        },
        'Between them the values change evenly. The first row was measured on small models; the others are taken from published ranges and were not measured here. Models of at most 20 million parameters with fewer than 3,000 rows get an anchor of 3.',
      ],
    },
    {
      title: 'Loop',
      blocks: [table(['iterations', 'trainOn', 'rowLimit', 'fracLen'])],
    },
    {
      title: 'Training',
      blocks: [
        table([
          'method',
          'rank',
          'alpha',
          'batch',
          'microBatch',
          'maxLength',
          'maxPromptLength',
          'warmup',
          'schedule',
          'scheduleEpochs',
          'optimizer',
          'stateBits',
          'precision',
          'nllWeight',
          'lossType',
          'negatives',
          'guards',
          'heldOutEvery',
          'checkpointEvery',
          'keepActivations',
        ]),
        'The guards end training when, over ten steps, the human answers’ log-prob falls by more than 0.5 nats an answer or that of their end token by more than 0.5 nats, or when the held-out loss exceeds its best by 2 %. The best checkpoint is kept.',
      ],
    },
    {
      title: 'Opponent answers',
      blocks: [table(['maxNewTokens', 'temperature', 'topK', 'topP', 'generationBatch'])],
    },
    {
      title: 'Evaluation',
      blocks: [
        table(['limit', 'samples', 'evaluationTokens', 'score', 'patience', 'minDelta', 'compareSft']),
      ],
    },
    {
      title: 'Per iteration',
      blocks: [
        {
          table: {
            head: ['Setting', 'What it does'],
            rows: [
              ['Learning rate', planStrings.table.lrTip],
              ['Beta (β)', planStrings.table.betaTip],
              ['Epochs', planStrings.table.epochsTip],
              ['Steps', planStrings.table.stepsTip],
            ],
          },
        },
      ],
    },
    {
      title: 'Forecast',
      blocks: [
        'The real programs run on your model cut to one and two layers, at the lengths of your rows, for some seconds; the rest is extrapolated. Time is given as a range, memory by its highest point, disk by what is kept. Time is least sure: how long the opponent’s answers will be is not known beforehand.',
        'A plan that needs more memory than there is says so, with the change that makes it fit.',
      ],
    },
  ],
}
