/** Words about whether TensorFlow can be computed with. */
export const tensorFlowWords = {
  absent: (name: string, folder: string) => `${name} is not installed (looked for from ${folder} on).`,
  absentToDo: (name: string, version: string, variable: string) =>
    `It is optional: ONNX Runtime computes without it. To have it, npm install ${name}@${version} in a folder of your own ` +
    `and name that folder in ${variable}.`,
  manifest: (path: string, said: string) => `${path} cannot be read (${said}).`,
  installAgain: (name: string, version: string) => `Install it again: npm install ${name}@${version}.`,
  noBinding: (path: string) =>
    `Its native code is missing (${path}): the package was installed without its install script, which fetches it.`,
  otherBinding: (found: string, node: string, wanted: string) =>
    `Its native code was installed by another Node (${found}); Node ${node} looks for ${wanted}.`,
  fetch: (dir: string) =>
    `In ${dir}, run: npm run install (fetches about 400 MB from storage.googleapis.com). The program never does that by itself.`,
  ended: (how: string) => `It ended the process that loaded it: ${how}.`,
  noAnswer: (seconds: number) => `no answer within ${seconds} s`,
  exitCode: (code: number | null) => `exit code ${code}`,
  notLoaded: (said: string) => `It cannot be loaded: ${said}`,
  runAgain: (dir: string) => `Install it again: in ${dir}, run npm run install.`,
  ownLibrary: (file: string, dir: string) => `${file} belongs to the package (${dir}).`,
  systemLibrary: (file: string) => `Install the package of your system that has ${file}.`,
  missing: (files: readonly string[]) => `It finds no card to compute on. Missing: ${files.join(', ')}.`,
  noCard: 'All of its libraries are there, and it finds no card to compute on.',
  cardsKnown: 'Its CUDA 11.2 knows cards up to compute capability 8.6.',
  driver: 'Install the driver of the NVIDIA card.',
  toolkit: (variable: string) =>
    `Install CUDA 11.2 and cuDNN 8.1 (CUDA 12 and cuDNN 9 do not serve it) and name their folders in ${variable}.`,
  onProcessor: (variable: string) => `${variable}=1 lets it compute on the processor.`,
  usesCard: 'Computes on the graphics card.',
  usesProcessor: 'Computes on the processor, as asked for.',
  unusable: (status: string) =>
    `TensorFlow was chosen to compute with, and it cannot be used. ${status} Or choose the processor.`,
} as const
