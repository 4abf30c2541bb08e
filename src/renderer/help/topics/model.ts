import type { Topic } from '../topic.ts'

export const model: Topic = {
  id: 'model',
  title: 'Model',
  summary: 'Which models can be improved, and what the card says of yours.',
  sections: [
    {
      title: 'What a model is here',
      blocks: [
        'A folder as Hugging Face has it: `config.json`, weights as safetensors (one file or several with an index; F32, F16 or BF16), `tokenizer.json` and a chat template. A folder of the Hub’s cache works as it is, and so does a LoRA adapter of PEFT on any of these models.',
        'The folder is only read. What is trained is written into the project.',
      ],
    },
    {
      title: 'Families',
      blocks: [
        {
          table: {
            head: ['Family', 'Model type'],
            rows: [
              ['Llama 2, 3.x, SmolLM2', '`llama`'],
              ['Mistral, Zephyr', '`mistral`'],
              ['Qwen 2, 2.5', '`qwen2`'],
              ['Qwen 3', '`qwen3`'],
              ['Phi-3, Phi-4', '`phi3`'],
              ['Gemma 2', '`gemma2`'],
              ['Gemma 3, text', '`gemma3_text`'],
            ],
          },
        },
        'Not read: checkpoints that are quantized already, `pytorch_model.bin`, GGUF, mixtures of experts, images, encoder-decoder models. A setting of `config.json` that might change the maths and is not known is refused by its name, rather than ignored.',
      ],
    },
    {
      title: 'The card',
      blocks: [
        'It shows family, parameters, context, licence, and a conversation as the model’s own template writes it. A template that fails, or that cannot be told apart into prompt and answer, is named as a problem before anything is trained.',
        'Base models that were never taught to chat have no template. Choose the instruct or chat version of the same model.',
      ],
    },
    {
      title: 'How large',
      blocks: [
        'Memory decides: the machine’s, or that of the card where one is chosen in Settings:',
        {
          table: {
            head: ['Method', 'Memory for each weight'],
            rows: [
              ['All weights', '16 bytes; 10 with an 8-bit optimizer state'],
              ['LoRA', '4 bytes'],
              ['QLoRA, 8 bits', '1.06 bytes in the layers, 4 in embeddings and head'],
              ['QLoRA, 4 bits', '0.56 bytes in the layers, 4 in embeddings and head'],
            ],
          },
        },
        'Activations come on top. The forecast in the [plan](plan) measures your model on your machine and says what it needs.',
      ],
    },
  ],
}
