import { z } from 'zod'
import { ImportRequest, ImportResult, ModelCard } from '../engine.ts'
import { LoopPlan } from '../loop.ts'
import { RunSummary } from './runs.ts'

/** A project: the wizard's choices, step by step, and the run that they become. */

/** What a dataset is made from: an ImportRequest, but for where it goes. */
export const DatasetChoice = ImportRequest.omit({ outDir: true, trainName: true, testName: true })
export type DatasetChoice = z.infer<typeof DatasetChoice>

export const planPresets = ['workstation', 'official', 'custom'] as const

/** Seconds of each stage that is made, as forecast when the run was started. */
export const RunForecast = z.object({
  base: z.number(), // its evaluation
  iterations: z.array(z.object({ generate: z.number(), finetune: z.number(), evaluate: z.number() })),
  sft: z.object({ finetune: z.number(), evaluate: z.number() }).nullable(),
})
export type RunForecast = z.infer<typeof RunForecast>

/** What was chosen so far; a step that is null is still to be taken. */
export const ProjectDraft = z.object({
  /** Whether a person named the project; one that nobody named takes its model's name. */
  named: z.boolean().default(true),
  modelDir: z.string().nullable().default(null),
  /** What the engine said of the folder when it was chosen. */
  model: ModelCard.nullable().default(null),
  dataset: DatasetChoice.nullable().default(null),
  /** What reformatting it into the project gave; null = not done yet, or stopped. */
  data: ImportResult.nullable().default(null),
  /** null = the preset's, fitted to model and data. */
  plan: LoopPlan.nullable().default(null),
  /** Train rows that the plan uses, the first by hash order; 0 = all. A quick look takes a sample. */
  rowLimit: z.number().int().min(0).default(0),
  /** null = nothing was measured before the start. */
  forecast: RunForecast.nullable().default(null),
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
      /** null = "New project", until its model is chosen. */
      input: z.object({ name: z.string().trim().min(1).max(120).nullable().default(null) }),
      output: ProjectRequest,
    },
    /**
     * A folder that a run was made in, by this program or by the terminal: what its own record tells is taken over. One that is
     * known is opened. FILE_NOT_FOUND without project.json, FILE_EXISTS for a copy of a project that is still there.
     */
    openProject: { input: z.object({ dir: z.string().min(1).max(4096) }), output: ProjectRequest },
    renameProject: {
      input: ProjectRequest.extend({ name: z.string().trim().min(1).max(120) }),
      output: Nothing,
    },
    /** The same model, dataset and plan, no run: what a project whose run has started is edited as. */
    duplicateProject: { input: ProjectRequest, output: ProjectRequest },
    /**
     * Forgets the project and its run; `withFiles` also deletes what it made: its whole folder below the projects' folder,
     * elsewhere only the files that a run writes. BUSY while its run is live, BAD_INPUT for a folder that is not its own.
     */
    deleteProject: {
      input: ProjectRequest.extend({ withFiles: z.boolean() }),
      output: z.object({ freedBytes: z.number() }),
    },
    /** Of what `deleteProject` with files would remove. */
    projectDisk: {
      input: ProjectRequest,
      output: z.object({
        bytes: z.number(),
        files: z.number().int(),
        /** Names of other projects that start from a model in this one's folder. */
        usedBy: z.array(z.string()),
      }),
    },
    /** Inspects the folder and chooses it. Throws what the engine says of a broken model; the choice then stays as it was. */
    chooseModel: { input: ProjectRequest.extend({ modelDir: z.string().min(1) }), output: ModelCard },
  },
  streams: {
    /** Now, and again whenever it changed. */
    project: { input: ProjectRequest, event: ProjectView },
  },
} as const
