/** Words about computing with CUDA. */
export const cudaWords = {
  unusable: (why: string, whatToDo: string) =>
    `CUDA was chosen to compute with and cannot be used: ${why} ${whatToDo} Or choose the processor.`,
  otherSystem: (system: string) =>
    `ONNX Runtime brings CUDA to Node on Linux x64 alone, and this is ${system}.`,
  chooseWebGpu: 'Choose webgpu: it computes on cards of every maker.',
  noProvider: (files: string, folder: string) => `Not found: ${files} (looked for in ${folder}).`,
  setUp: (variable: string) =>
    `Settings › Devices › Set up CUDA fetches them; or put them into a folder and name it in ${variable}.`,
  missing: (files: readonly string[]) => `Libraries are missing: ${files.join(', ')}.`,
  driver: "Install NVIDIA's driver of the card.",
  toolkit: 'Install the CUDA libraries of these versions; "spin-studio doctor" lists what is there.',
  cudnn: 'Install cuDNN 9 for this version of CUDA.',
  detours: (kinds: string) =>
    `Some steps of a program ran on the processor instead of the card, with their data going there and back: ${kinds}. The numbers are right; it is slower than it should be.`,
  nothingComputed:
    'Expected a program on the card to take at least one step, found none: the card or its driver computes nothing. Restart the machine; if it stays, install the driver again.',
  refused: (said: string) => `the card cannot be used (${said}).`,
  checkCard: 'See whether nvidia-smi lists the card, and install a current driver.',
} as const
