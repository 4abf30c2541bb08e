/** Words about what a machine can compute on. Amounts come with their unit. */
export const deviceWords = {
  withThreads: (processor: string, threads: number) => `${processor}, ${threads} threads`,
  processor: 'Processor',
  computesAll: 'Answers are generated, training and scoring run on it.',
  trainsAlone: 'Training and scoring run on it; answers are generated on the processor.',
  fails: (said: string) => `It was tried and does not work: ${said}`,
  cuda: {
    complete: 'Card, driver, libraries and ONNX Runtime’s CUDA provider are there.',
    missing: (names: string) => `Not found: ${names}.`,
    fix: (command: string) => `To have it ready: ${command}.`,
    fixUnknown: (cuda: number | null) =>
      `Install CUDA${cuda === null ? '' : ` ${cuda}`} and cuDNN 9 from NVIDIA's pages.`,
    noProvider: 'ONNX Runtime’s CUDA provider was not set up.',
    noProviderFix:
      '“Set up CUDA” fetches it once, and then it is known which libraries it needs; in a terminal: spin-studio setup-cuda.',
    oldDriver: (driver: string, cuda: number, least: number) =>
      `The driver ${driver} is older than CUDA ${cuda} needs (${least}).`,
    oldDriverFix: (least: number) => `Install NVIDIA’s driver ${least} or a later one.`,
    failsFix: 'The processor can be chosen instead. A newer driver of the card often helps.',
    noAnswer: (said: string) => `The driver does not answer: ${said}`,
    noAnswerFix: 'Restart the machine. If it stays, install the driver of the card again.',
  },
  webgpu: {
    name: (on: string) => (on === '' ? 'WebGPU' : `WebGPU on ${on}`),
    processor: 'the processor (Mesa)',
    software: 'A driver that computes on the processor: correct, and slower than the processor itself.',
    fix: "Install a current driver of the card (on Linux also the package mesa-vulkan-drivers, or NVIDIA's).",
  },
  tensorFlow: {
    name: (version: string | null) => (version === null ? 'TensorFlow' : `TensorFlow.js ${version}`),
    noAnswer: (said: string) => `It could not be asked: ${said}`,
  },
  why: {
    settings: 'Chosen by you in Settings.',
    option: 'Chosen by you.',
    environment: 'Chosen by the environment of the program.',
    card: (cards: number) =>
      cards === 1
        ? 'CUDA is set up, so its card is taken.'
        : 'CUDA is set up: of its cards the one with the most memory is taken.',
    cardIncomplete: (card: string) => `${card} is there, but something is missing to compute on it.`,
    cardFailed: (card: string) => `${card} is there, but does not compute as it should.`,
    onlyOne: 'Nothing else was found to compute on.',
    others: 'It needs nothing more. Other devices are taken only when they are chosen.',
  },
  cause: {
    gone: (id: string) => `${id} was chosen and is not there.`,
    unusable: (name: string, why: string) => `${name} was chosen and cannot be used. ${why}`,
  },
  instead: (cause: string, device: string) => `${cause} Instead ${device} computes.`,
} as const
