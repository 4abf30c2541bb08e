import { fixed, gigabytes, whole } from '../components/numbers.ts'

/** Words about the devices of the machine, in Settings. */
export const devicesStrings = {
  label: 'Devices',
  about:
    'What models are generated with, trained and scored on. Another choice holds from the next start of the program. A ' +
    'measurement takes a few seconds a device.',
  shared: {
    label: 'Shared work',
    about:
      'An engine on each device takes a share of the answers and of the training of an adapter; where one fails the others go on. ' +
      'Holds from the next start of the program.',
    cards: 'Take part',
    processors: 'Engines on the processor',
    processorsHelp: 'They divide its cores. 0 to 8.',
    alone: 'One device does all.',
    together: (engines: number) => `${engines} engines share the work.`,
  },
  choose: 'Compute on',
  byItself: 'Choose for me',
  byItselfAbout: 'The processor, or a CUDA card where everything for it is there.',
  looking: 'Looking…',
  measuring: 'Measuring…',
  measure: 'Measure',
  computesOn: (name: string, why: string) => `Computes on ${name}. ${why}`,
  computesLater: (name: string, why: string) => `From the next start of the program: ${name}. ${why}`,
  gone: (id: string) => `${id}, which is not there`,
  sameMissing: (name: string) => `The same is missing as for ${name}.`,
  inUse: 'In use',
  states: { ready: 'Can be used', incomplete: 'Incomplete', failed: 'Does not work' },
  memory: (bytes: number) => `${gigabytes(bytes)} of memory`,
  memoryHelp: 'Memory of the device.',
  driver: (version: string) => `driver ${version}`,
  capabilityHelp: 'CUDA’s number for what the card can compute.',
  capability: (version: string) => `compute ${version}`,
  rate: (gflops: number) => `${gflops < 10 ? fixed(gflops, 1) : whole(gflops)} GFLOP/s`,
  rateHelp: (size: number, types: string) =>
    `Products of matrices of ${whole(size)} × ${whole(size)} numbers, 32-bit: billions of operations a second. Types: ${types}.`,
  libraries: (found: number, all: number) => `${found} of ${all} libraries`,
  library: (what: string, file: string, path: string | null) =>
    path === null ? `${what} (${file}): not found` : `${what} (${file}): ${path}`,
} as const
