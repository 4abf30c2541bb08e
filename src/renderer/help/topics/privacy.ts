import type { Topic } from '../topic.ts'

export const privacy: Topic = {
  id: 'privacy',
  title: 'Privacy and files',
  summary: 'Nothing leaves this machine unless you send it. What is stored, and where.',
  sections: [
    {
      title: 'Nothing is sent',
      blocks: [
        'Models, rows, answers and conversations stay on this machine. The program opens no connection by itself; no account, no telemetry, no download. Looking for new versions is off unless you switch it on in [Settings](settings), and then sends nothing but the request for one file.',
        'Two things are fetched when you press their button, from the address that is shown: the rows of public [benchmarks](benchmarks), and ONNX Runtime’s CUDA provider from NuGet, after its size and licence were shown. Nothing is sent along.',
        'A [judge](judge) that you name is sent questions and the models’ answers to them, after the cost was shown and you began. Its key is held in memory and written nowhere.',
        'In a browser the page comes from the same machine, on an address that only it can reach, with a new secret in it at each start.',
      ],
    },
    {
      title: 'The data folder',
      blocks: [
        '[Settings](settings) shows where it is. In it:',
        {
          table: {
            head: ['Name', 'What it is'],
            rows: [
              ['`app.sqlite`', 'The record: projects, runs, training curves, scores, events, notes, flags.'],
              ['`preferences.json`', 'The settings and saved plans.'],
              ['`projects`', 'Projects, unless you chose another folder for them.'],
              [
                '`uploads`',
                'Copies of files that were dropped into a browser page; a copy that no project uses is deleted after a day.',
              ],
              ['`cuda`', 'ONNX Runtime’s CUDA provider, where you have set CUDA up.'],
              ['`crash-reports`', 'At most 50 reports, and memory dumps of the desktop window. Never sent.'],
              ['`window`, `window.json`', 'The desktop window’s own files, its size and place.'],
            ],
          },
        },
      ],
    },
    {
      title: 'A project’s folder',
      blocks: [
        {
          table: {
            head: ['Name', 'What it is'],
            rows: [
              [
                '`project.json`',
                'What the run was started with. With it a project can be moved and opened again.',
              ],
              ['`data`', 'The rows as they were read: training, held back, dropped.'],
              ['`base`', 'Answers and scores of the model you started from.'],
              [
                '`iter-0`, `iter-1`, …',
                'Of each iteration: `generated` answers, `pairs`, `train` with its checkpoints, the `model`, its `evaluation`.',
              ],
              ['`judging`', 'Questions, answers and verdicts of a judge.'],
              ['`sft`', 'The same of plain SFT, where the plan asked for it.'],
            ],
          },
        },
        'Your model’s folder and your dataset are only read. Deleting a project says what it frees, and asks whether its files go too.',
      ],
    },
    {
      title: 'Diagnostics',
      blocks: [
        'A file that you save and may send to whoever helps you. It holds versions, the machine’s figures, settings, the numbers of the last plan and its stages, and shapes of log lines; no names, paths, prompts or answers.',
      ],
    },
  ],
}
