import type { Topic } from '../topic.ts'

export const exportTopic: Topic = {
  id: 'export',
  title: 'Export',
  summary: 'Taking a model to other programs.',
  sections: [
    {
      title: 'Formats',
      blocks: [
        {
          table: {
            head: ['Format', 'For'],
            rows: [
              [
                'Hugging Face folder',
                'transformers, vLLM, and training on. With tokenizer, chat template and a model card; numbers as trained, or as 32-bit float, bfloat16 or 16-bit float.',
              ],
              ['GGUF, 16 bits', 'llama.cpp and what is built on it. One file.'],
              [
                'GGUF, 8 bits',
                'The same at about half the size. On the starter 273 of 279 greedy tokens stayed what they were; with 16 bits all did.',
              ],
            ],
          },
        },
        'An adapter is merged into its base on the way, so that one whole model comes out. The models of a project itself are Hugging Face folders already; adapters are PEFT folders.',
      ],
    },
    {
      title: 'What does not go',
      blocks: [
        'GGUF of models with a Unigram or word-level tokenizer: llama.cpp does not take them for these families. llama.cpp also slides attention windows for Gemma alone, so that very long texts may differ in other families; the export says so where it applies.',
      ],
    },
    {
      title: 'Where it goes',
      blocks: [
        'A new folder or file of your choice. If something of that name is there, it is moved aside and not deleted.',
      ],
    },
  ],
}
