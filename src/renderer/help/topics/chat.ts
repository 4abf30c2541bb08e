import type { Topic } from '../topic.ts'

export const chat: Topic = {
  id: 'chat',
  title: 'Chat',
  summary: 'Talking to any model of a project, one alone or two side by side.',
  sections: [
    {
      title: 'Models',
      blocks: [
        'Base, every trained iteration, and plain SFT where there is one. Side by side, both get the same prompt and settings, and answer one after the other. Each keeps its own conversation: a question that a model was not asked is left out of what it sees.',
        '“Try a held-out prompt” begins with a prompt that no model was trained on, and shows the human answer beside.',
      ],
    },
    {
      title: 'Sampling',
      blocks: [
        'The first settings are the model’s own, from its `generation_config.json`. Temperature 0 takes the likeliest token each time; the same seed gives the same answer. “Longest answer” cuts longer ones and says so.',
      ],
    },
    {
      title: 'Beside a run',
      blocks: [
        'Chat uses an engine of its own, so looking never stops a run. Both share one processor: answers come slower while the run trains, and slow it down.',
        'Nothing is trained on what is said here, and conversations are kept for this window alone: closing it ends them.',
      ],
    },
  ],
}
