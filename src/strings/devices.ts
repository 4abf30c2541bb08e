/** Words about what a machine can compute on. Amounts come with their unit. */
export const deviceWords = {
  withThreads: (processor: string, threads: number) => `${processor}, ${threads} threads`,
  processor: 'Processor',
  used: 'Models are generated with and trained on it.',
  usedForAnswers: 'Answers are generated with it.',
  chosen: 'Training and scoring run on it.',
  backends: { webgpu: 'WebGPU', cuda: 'CUDA', tensorflow: 'TensorFlow' },
  notUsed: 'Training and scoring can run on it: choose WebGPU.',
  cuda: {
    complete: 'Card, driver and libraries are there; this version computes on the processor.',
    missing: (names: string) => `Not found: ${names}.`,
    fix: (commands: string) => `To have it ready: ${commands}.`,
    fixUnknown: "Install CUDA 12 and cuDNN 9 from NVIDIA's pages.",
    noAnswer: (said: string) => `The driver does not answer: ${said}`,
    noAnswerFix: 'Restart the machine. If it stays, install the driver of the card again.',
  },
  webgpu: {
    name: (on: string) => (on === '' ? 'WebGPU' : `WebGPU on ${on}`),
    processor: 'the processor (Mesa)',
    software: 'A driver that computes on the processor: correct, and slower than the processor itself.',
    fails: (said: string) => `It was tried and does not work: ${said}`,
    fix: "Install a current driver of the card (on Linux also the package mesa-vulkan-drivers, or NVIDIA's).",
  },
  tensorFlow: {
    name: (version: string | null) => (version === null ? 'TensorFlow' : `TensorFlow.js ${version}`),
    noAnswer: (said: string) => `It could not be asked: ${said}`,
    notChosen: 'Training and scoring run on ONNX Runtime.',
  },
  why: {
    backend: (name: string) => `Answers are generated there; ${name} was chosen for training and scoring.`,
    onlyOne: 'Nothing else was found to compute on.',
    others: 'Nothing else was chosen, and answers are generated there in any case.',
  },
} as const
