import type { MachineCheck } from '../contract/app/machine.ts'

const labels: Record<MachineCheck['id'], string> = {
  graphics: 'Graphics card',
  driver: 'Driver',
  engine: 'Training engine',
  processor: 'Processor',
  memory: 'Memory',
  disk: 'Project disk',
  writing: 'Data folder',
  sleep: 'Sleep',
}

/** Words of the machine check. Amounts come with their unit. */
export const checkWords = {
  labels,
  notChecked: 'Could not be checked',
  noAnswer: 'Does not answer',
  engine: {
    ready: 'Ready',
    detail: (device: string, runtime: string | undefined, seconds: string) =>
      `${device}${runtime ? `, ONNX Runtime ${runtime}` : ''}, answered in ${seconds} s`,
    card: 'TensorFlow on the card',
    tensorFlow: (engine: string, version: string) => `${engine}; training on TensorFlow.js ${version}`,
    noTensorFlow: 'TensorFlow cannot be used',
    tensorFlowFix: (whatToDo: string) => `${whatToDo} Or choose the processor in Settings.`,
    broken: 'Does not start',
    fix: 'Start the program again. If this stays, install it again; projects and runs stay as they are.',
  },
  graphics: {
    none: 'No NVIDIA card',
    noneDetail: 'Training uses the processor',
    notNeeded: 'Not needed: training uses the processor',
    compute: (capability: string) => `compute ${capability}`,
    more: (count: number) => `${count} more`,
    unused: 'not used by this version',
  },
  driver: {
    answers: 'nvidia-smi answers',
    noAnswer: (seconds: number) => `no answer within ${seconds} s`,
    fix: 'Restart the machine. If it stays, install the driver of the card again.',
    loaded: 'Loaded',
    noTool: 'nvidia-smi is missing',
    noToolFix: 'Install nvidia-smi (package nvidia-utils) to see the load of the card.',
    notNeeded: 'Not needed',
    none: 'No NVIDIA driver is installed',
  },
  processor: {
    cores: (count: number) => `${count} ${count === 1 ? 'core' : 'cores'}`,
    unknown: 'model not known',
  },
  memory: {
    free: (amount: string) => `${amount} free`,
    fix: (least: string) => `Close other programs: with less than ${least} free even the starter may stop.`,
  },
  disk: {
    free: (amount: string) => `${amount} free`,
    of: (total: string) => `of ${total}`,
    fix: (least: string) =>
      `Free at least ${least} on this disk, or choose another folder for projects in Settings.`,
  },
  writing: {
    works: 'Can be written',
    fails: 'Cannot be written',
    fix: 'Give yourself the right to write there, or start the program with another data folder.',
  },
  sleep: {
    kept: 'Kept awake',
    keptDetail: 'While a run is going on',
    unknown: 'As the system does',
    unknownDetail: 'A page in a browser cannot prevent it',
    allowed: 'Can sleep',
    allowedDetail: 'Even while a run is going on',
    fix: 'Sleep would pause a long run.',
  },
} as const
