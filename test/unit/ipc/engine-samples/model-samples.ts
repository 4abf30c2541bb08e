import type { CallSamples, StreamSamples } from './sample-types.ts'
import { log, progress } from './shared-events.ts'

export const modelCalls: CallSamples<
  'describe' | 'probeDevice' | 'tensorFlowStatus' | 'inspectModel' | 'chatDefaults' | 'writeCard'
> = {
  describe: {
    input: {},
    output: {
      versions: { node: '24.21.0', 'spin-studio': '0.1.0' },
      device: 'CPU, 2 threads',
      threads: 2,
      pid: 77,
      rssBytes: 1e9,
      peakRssBytes: 2 ** 31,
    },
  },
  probeDevice: {
    input: { kind: 'webgpu' },
    output: { gflops: 98.7, size: 1024, types: ['f32', 'f16'] },
  },
  tensorFlowStatus: {
    input: {},
    output: {
      state: 'unusable',
      why: 'Its native code is missing.',
      whatToDo: 'Install it again.',
      version: '4.22.0',
      computesOn: null,
    },
  },
  inspectModel: {
    input: { dir: '/m' },
    output: {
      dir: '/m',
      family: 'llama',
      architecture: 'LlamaForCausalLM',
      parameters: 134_515_008,
      layers: 30,
      hidden: 576,
      heads: 9,
      kvHeads: 3,
      vocab: 49_152,
      context: 2048,
      dtype: 'BF16',
      tiedEmbeddings: true,
      eosTokens: ['<|im_end|>'],
      sha256: 'ab',
      bytes: 269_060_552,
      templateSample: '<|im_start|>user\nÀ bientôt 👋<|im_end|>\n',
      template: {
        source: 'tokenizer_config.json',
        takesSystem: true,
        tokens: 6,
        parts: [
          { text: '<|im_start|>', special: true },
          { text: 'user\nÀ bientôt 👋', special: false },
        ],
      },
      license: 'apache-2.0',
      adapter: {
        baseDir: '/b',
        rank: 16,
        alpha: 32,
        modules: ['self_attn.q_proj'],
        baseWeights: 'int4',
        parameters: 921_600,
      },
      warnings: ['a warning'],
    },
  },
  chatDefaults: {
    input: { modelDir: '/m' },
    output: {
      temperature: 0.7,
      topK: 20,
      topP: 0.8,
      maxNewTokens: null,
      context: 32_768,
      warnings: [],
    },
  },
  writeCard: {
    input: {
      modelDir: '/m',
      sourceDir: '/b',
      lineage: {
        title: 'tiny, spun',
        baseModel: { name: 'acme/tiny', sha256: 'ab' },
        method: 'Self-Play Fine-Tuning (SPIN), all weights',
        datasets: [{ name: 'd.jsonl' }],
        iterations: [{ iteration: 0, pairs: 9, pairsSha256: 'cd', steps: 4, modelSha256: 'ef' }],
        settings: { 'training.optimizer.lr': 5e-7 },
        scores: [{ model: 'base', values: { greedy: 0.5, kl: null } }],
        versions: { 'spin-studio': '0.1.0' },
      },
    },
    output: {},
  },
}

export const modelStreams: StreamSamples<'chat' | 'exportModel'> = {
  chat: {
    input: { modelDir: '/m', messages: [{ role: 'user', content: 'Salut' }], settings: { topK: 5 } },
    events: [
      log,
      { kind: 'begin', promptTokens: 7, maxNewTokens: 40, loadSeconds: 0.5 },
      { kind: 'text', text: 'À bientôt 👋', tokens: 5 },
      { kind: 'done', finish: 'stop', promptTokens: 7, tokens: 5, seconds: 0.25, text: 'À bientôt 👋' },
    ],
  },
  exportModel: {
    input: { modelDir: '/m', outPath: '/o', format: 'gguf-q8_0' },
    events: [
      progress,
      log,
      {
        kind: 'done',
        outPath: '/o',
        format: 'huggingface',
        sha256: '04',
        bytes: 7e9,
        files: [{ name: 'model-00001-of-00002.safetensors', bytes: 5e9, sha256: '05' }],
        seconds: 9,
      },
    ],
  },
}
