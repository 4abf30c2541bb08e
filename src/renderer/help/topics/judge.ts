import type { Topic } from '../topic.ts'

export const judge: Topic = {
  id: 'judge',
  title: 'Judge',
  summary: 'Two-turn questions as MT-Bench asks them, and a judge of your choice.',
  sections: [
    {
      title: 'Answers',
      blocks: [
        'The base and the iterations answer two-turn questions on this machine, by the model’s own chat template and at the temperatures of MT-Bench: creative categories at 0.7, exact ones greedily. The same questions are answered once, whatever is then judged.',
        'The program brings 32 questions of its own. Scores on them are not MT-Bench scores; with MT-Bench’s `question.jsonl` on your disk, choose that file.',
      ],
    },
    {
      title: 'The judge',
      blocks: [
        'Any OpenAI-compatible endpoint: a provider’s, or a server of your own. Nothing is sent before the cost was shown and you began. Prices are yours to type, a million tokens.',
        'The key is held in memory until the program ends, or read from an environment variable. It is in no file, record, log or diagnostics.',
        'Every verdict is kept as it comes. After a pause, a crash or a failure only what is missing is asked for: no verdict is paid for twice.',
      ],
    },
    {
      title: 'What it says',
      blocks: [
        'Compared: each turn is asked in both orders, and is won or lost only where both agree. “Orders agree” and “First named” say how steady the judge is; where it often names what it saw first, its ties mean little.',
        'Graded: from 1 to 10 a turn. Grades of two judges cannot be compared.',
        'A judge has a taste, for long answers among others. With few questions intervals are wide: look at them before the number.',
      ],
    },
    {
      title: 'Judged elsewhere',
      blocks: [
        '“Write files” makes a batch file and plain prompts; questions and answers are in FastChat’s files already. “Take verdicts” reads a batch’s output, lines of `{id, reply}`, or FastChat’s judgments.',
      ],
    },
  ],
}
