import { duration, fixed } from '../components/numbers.ts'

/** Words about setting CUDA up, in Settings. */
export const cudaSetupStrings = {
  setUp: 'Set up CUDA',
  setUpMore: 'Set up CUDA…',
  about: 'Fetches one package, once, when you say so.',
  asking: 'Asking NuGet for size and licence…',
  explain:
    'ONNX Runtime’s CUDA provider is too large to be part of the program. It is fetched, checked against the checksum that NuGet ' +
    'lists, and unpacked into the data folder. It is of no use without an NVIDIA card.',
  facts: {
    what: 'Package',
    from: 'From',
    size: 'Size',
    licence: 'Licence',
    place: 'Goes to',
  },
  size: (all: string, fetched: string | null) =>
    fetched === null ? all : `${all}, ${fetched} of them fetched already`,
  notIncluded:
    'NVIDIA’s driver, CUDA’s libraries and cuDNN are no part of it: the list of devices says which of them it needs and which are there.',
  isThere: (dir: string) => `It is there: ${dir}.`,
  notNow: 'Not now',
  close: 'Close',
  tryAgain: 'Try again',
  cancel: 'Cancel',
  fetch: (size: string) => `Fetch ${size}`,
  starting: 'Asking NuGet…',
  progress: (stage: string, done: string, total: string, rate: number | null, left: number | null) =>
    [
      `${stage}, ${done} of ${total}`,
      ...(rate === null ? [] : [`${fixed(rate, 1)} MB/s`]),
      ...(left === null ? [] : [`${duration(left)} left`]),
    ].join(', '),
} as const
