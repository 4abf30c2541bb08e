import { count } from './amounts.ts'

/** What a run's log tells of several engines that work together. */
export const enginePoolWords = {
  of: (device: string, message: string) => `${device}: ${message}`,
  shared: (devices: readonly string[]) =>
    `Answers are made by ${devices.length} engines: ${devices.join(', ')}.`,
  joined: (device: string) => `${device} has joined and takes part from now on.`,
  left: (device: string) => `${device} has left; the others go on with what it had begun.`,
  out: (device: string, why: string, others: number) =>
    `${device} is out: ${why} ${others === 1 ? 'The other engine goes' : `The other ${count(others)} engines go`} on.`,
  trained: (devices: readonly string[]) =>
    `The adapter is trained by ${devices.length} engines, each on a share of every step: ${devices.join(', ')}.`,
  rankOut: (device: string, why: string, others: number) =>
    `${device} is out of this training: ${why} The step is made again by the other ${count(others)}.`,
  onlyAdapters: (device: string) =>
    `All weights are trained, which several engines do not share: ${device} trains alone.`,
} as const
