import type { StageName } from '../contract/loop.ts'
import { count, spent } from './amounts.ts'

/** Who a stage is for; `self-play` has a number. */
export type Subject = 'base' | 'sft' | number

const names = { base: 'the base', sft: 'plain SFT' } as const
const nameOf = (subject: Subject): string =>
  typeof subject === 'number' ? `iteration ${subject}` : names[subject]
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const devices: Record<string, string> = { cpu: 'the processor', webgpu: 'WebGPU', tensorflow: 'TensorFlow' }
/** A card by its id: "cuda:1". */
const nameOfDevice = (id: string): string => devices[id] ?? id

type Told = Exclude<StageName, 'gather'>

/** Events of a run, as its log tells them. */
export const runLogWords = {
  begins: {
    reformat: () => 'Reading the dataset',
    generate: (subject: Subject) => `Generating answers for ${nameOf(subject)}`,
    finetune: (subject: Subject) => `Training ${nameOf(subject)}`,
    evaluate: (subject: Subject) => `Evaluating ${nameOf(subject)} on the held-out prompts`,
  } satisfies Record<Told, (subject: Subject) => string>,
  continued: (beginning: string) => `${beginning}, continued`,
  ends: {
    reformat: (_subject: Subject, _done: Done, seconds: number) => `Dataset read in ${spent(seconds)}`,
    generate: (_subject: Subject, { rows }: Done, seconds: number) =>
      `Generated ${count(rows)} answers in ${spent(seconds)}`,
    finetune: (subject: Subject, { steps }: Done, seconds: number) =>
      `${capital(nameOf(subject))} trained, ${count(steps)} steps, in ${spent(seconds)}`,
    evaluate: (subject: Subject, _done: Done, seconds: number) =>
      `${capital(nameOf(subject))} evaluated in ${spent(seconds)}`,
  } satisfies Record<Told, (subject: Subject, done: Done, seconds: number) => string>,
  /** Counted from 1. */
  fractionAgain: (fraction: number) => `Fraction ${count(fraction)} is answered again from where it stood`,
  fractionSaved: (fraction: number, rows: number) => `Fraction ${count(fraction)} saved, ${count(rows)} rows`,
  stepZero: (loss: number) => `Step 0 loss ${loss.toFixed(3)}, as expected`,
  /** A stage whose settings, inputs or outputs are not those of the record. */
  madeAgain: (path: string, why: string, kept: string | null) =>
    `Made again: ${path} (${why}).${kept === null ? '' : ` What was there is kept as ${kept}.`}`,
  otherSettings: 'its settings or inputs changed',
  damaged: (files: string) => `missing or changed: ${files}`,
  startedAgain: (what: string, halved: boolean, attempt: number, attempts: number) =>
    `${what} Starting it again${halved ? ', with half as much at once' : ''} (attempt ${attempt} of ${attempts}).`,
  device: {
    answers: (id: string) => `Answers are generated on ${nameOfDevice(id)}`,
    training: (id: string) => `Training runs on ${nameOfDevice(id)}`,
    scoring: (id: string) => `Scoring runs on ${nameOfDevice(id)}`,
  },
  silent: (seconds: number, left: number) =>
    `No sign of life from the engine for ${spent(seconds)}. If there is none for another ${spent(left)}, it is ended and started again.`,
  openedFromFolder:
    'Opened from its folder, which has no record of the run. Resume finds what is done from its files.',
  cancelled: 'Cancelled by you.',
} as const

interface Done {
  rows: number
  steps: number
}
