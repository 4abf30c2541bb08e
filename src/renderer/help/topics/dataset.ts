import type { Topic } from '../topic.ts'

export const dataset: Topic = {
  id: 'dataset',
  title: 'Dataset',
  summary: 'What a good file looks like, and what is done with its rows.',
  sections: [
    {
      title: 'A good file',
      blocks: [
        'One conversation in each row, and its last message is an answer that a person wrote or approved. Good files have answers you would be glad to get from the model, about the things that you will ask it.',
        {
          sample:
            '{"messages": [{"role": "user", "content": "Can I machine-wash …?"}, {"role": "assistant", "content": "Yes, at 30 °C …"}]}',
        },
        'Parquet, JSON, JSON Lines and CSV are read; several files or a whole folder at once.',
      ],
    },
    {
      title: 'Layouts',
      blocks: [
        'The layout is found by the names of the columns. Each column’s use can be changed.',
        {
          table: {
            head: ['Layout', 'Columns'],
            rows: [
              ['Chat messages', '`messages`'],
              ['ShareGPT conversations', '`conversations`'],
              [
                'Prompt and answer',
                '`prompt`, `response` (also question, query, completion, answer, output)',
              ],
              ['Instruction and output', '`instruction`, `input`, `output`'],
              ['SPIN pairs', '`real`, `generated`'],
              ['Preference set', '`chosen`, `rejected`; the chosen answer counts as the human one'],
            ],
          },
        },
        'A column `check` may name a checker of the answer: a word, a pattern, a sorted list and so on. With it, held-out scores are shares of valid answers. Without it the score is the held-out loss.',
      ],
    },
    {
      title: 'Rows that are dropped',
      blocks: [
        'A broken row costs only itself. Each is listed with its reason and its place in the file: it cannot be read, has no question before the answer, does not end with an answer, is empty, repeats another row’s prompt, or is larger than 8 MB. “Save dropped rows…” writes them to a file.',
      ],
    },
    {
      title: 'Held-back rows',
      blocks: [
        'Some rows are held back and never trained on: every score comes from them. Files named train and test keep their own split; otherwise rows are chosen by the hash of their prompt, so that the same seed always holds back the same rows.',
      ],
    },
    {
      title: 'Length',
      blocks: [
        'The histogram counts tokens of prompt and answer with your model’s tokenizer. Rows that are longer than the plan’s “Longest row” are cut in training: first the start of the prompt, then the end of both answers.',
      ],
    },
  ],
}
