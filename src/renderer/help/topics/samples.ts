import type { Topic } from '../topic.ts'

export const samples: Topic = {
  id: 'samples',
  title: 'Samples',
  summary: 'Reading what the models really say, token by token.',
  sections: [
    {
      title: 'Three answers',
      blocks: [
        'Each prompt with its human answer, the answer of the opponent, and that of the new model. Held-back rows tell how the model does on what it has not seen; training rows tell what it learned from.',
        'The list can be searched, filtered (generated equal to human, cut at the limit, flagged, who wins) and sorted by margin or length. A flag marks a prompt in every iteration.',
      ],
    },
    {
      title: 'Colours',
      blocks: [
        'Each token is coloured by how much more, or less, likely the new model finds it than the opponent does. Teal “reads as human”: the new model prefers it. Orange “reads as generated”: it prefers it less. Below 0.07 nats there is no colour, at 1.6 it is strongest, and above 1.1 the token is underlined as well. The value is in the tooltip and in the token’s name.',
        'Reward and margin in the foot are sums of these numbers, times beta: the very signal that training follows.',
      ],
    },
    {
      title: 'What to look for',
      blocks: [
        {
          list: [
            'Answers that differ from the human ones in form alone: length, greetings, line breaks. The model then learns the form.',
            'Many cut answers: raise the answer limit in the plan.',
            'Generated answers that are as good as the human ones: there is little left to gain from these rows.',
            'Human answers that you would not want: take the rows out and start again.',
          ],
        },
      ],
    },
  ],
}
