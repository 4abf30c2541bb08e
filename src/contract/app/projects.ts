import { z } from 'zod'
import { ImportRequest, ImportResult, ModelCard } from '../engine.ts'
import { LoopPlan } from '../loop.ts'
import { RunSummary } from './runs.ts'

/** A project: the wizard's choices, step by step, and the run that they become. */

/** What a dataset is made from: an ImportRequest, but for where it goes. */
export const DatasetChoice = ImportRequest.omit({ outDir: true, trainName: true, testName: true })
export type DatasetChoice = z.infer<typeof DatasetChoice>

export const planPresets = ['workstation', 'official', 'custom'] as const

/** What was chosen so far; a step that is null is still to be taken. */
export const ProjectDraft = z.object({
  modelDir: z.string().nullable().default(null),
  /** What the engine said of the folder when it was chosen. */
  model: ModelCard.nullable().default(null),
  dataset: DatasetChoice.nullable().default(null),
  /** What reformatting it into the project gave; null = not done yet, or stopped. */
  data: ImportResult.nullable().default(null),
  /** null = the preset's, fitted to model and data. */
  plan: LoopPlan.nullable().default(null),
})
export type ProjectDraft = z.infer<typeof ProjectDraft>

export const ProjectView = z.object({
  id: z.string(),
  name: z.string(),
  dir: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  draft: ProjectDraft,
  run: RunSummary.nullable(),
})
export type ProjectView = z.infer<typeof ProjectView>

const ProjectRequest = z.object({ projectId: z.string() })
const Nothing = z.object({})

export const projectsContract = {
  calls: {
    /** A folder of its own below the projects' folder. */
    createProject: {
      input: z.object({ name: z.string().trim().min(1).max(120).default('New project') }),
      output: ProjectRequest,
    },
    renameProject: {
      input: ProjectRequest.extend({ name: z.string().trim().min(1).max(120) }),
      output: Nothing,
    },
    /** The same model, dataset and plan, no run: what a project whose run has started is edited as. */
    duplicateProject: { input: ProjectRequest, output: ProjectRequest },
    /** Forgets the project and its run; `withFiles` also deletes its folder. BUSY while its run is live. */
    deleteProject: {
      input: ProjectRequest.extend({ withFiles: z.boolean() }),
      output: z.object({ freedBytes: z.number() }),
    },
    /** Bytes below the project's folder. */
    projectDisk: { input: ProjectRequest, output: z.object({ bytes: z.number(), files: z.number().int() }) },
    /** Inspects the folder and chooses it. Throws what the engine says of a broken model; the choice then stays as it was. */
    chooseModel: { input: ProjectRequest.extend({ modelDir: z.string().min(1) }), output: ModelCard },
  },
  streams: {
    /** Now, and again whenever it changed. */
    project: { input: ProjectRequest, event: ProjectView },
  },
} as const
