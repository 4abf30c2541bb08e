import { z } from 'zod'
import {
  DatasetInspection,
  DatasetLengths,
  DatasetRowView,
  InspectDatasetRequest,
} from '../dataset-inspection.ts'
import { datasetFormats, ImportResult, LogEvent, Progress } from '../engine.ts'
import { DatasetChoice } from './projects.ts'

/** The dataset step: which files, how they are read, and what came of it. */

export const maxUploadChunkBytes = 8 * 1024 * 1024

/** A choice of files that some project has made. */
export const UsedDataset = z.object({
  choice: DatasetChoice,
  /** Names of its files or folders. */
  name: z.string(),
  format: z.enum(datasetFormats).nullable(),
  /** Rows that were kept; null = not known. */
  rows: z.number().int().nullable(),
  usedAt: z.number(),
  /** The name of the project that used it last. */
  project: z.string(),
})
export type UsedDataset = z.infer<typeof UsedDataset>

const ProjectRequest = z.object({ projectId: z.string() })
const Nothing = z.object({})

export const datasetsContract = {
  calls: {
    inspectDataset: { input: InspectDatasetRequest, output: DatasetInspection },
    /** Saves what the project is to be made from; it is read by `importDataset`. BUSY once a run has begun. */
    chooseDataset: { input: ProjectRequest.extend({ choice: DatasetChoice }), output: Nothing },
    /** Back to no dataset. BUSY once a run has begun. */
    clearDataset: { input: ProjectRequest, output: Nothing },
    /** A row of what was imported, as the project's model sees it. */
    datasetRow: {
      input: ProjectRequest.extend({ split: z.enum(['train', 'test']), row: z.number().int().min(0) }),
      output: DatasetRowView,
    },
    /** A piece of dropped.jsonl. */
    droppedRows: {
      input: ProjectRequest.extend({ offset: z.number().int().min(0) }),
      output: z.object({ bytes: z.instanceof(Uint8Array), nextOffset: z.number().int().nullable() }),
    },
    /** Newest first; files that are gone are left out. `starter`: the dataset that comes with the program. */
    usedDatasets: {
      input: Nothing,
      output: z.object({
        datasets: z.array(UsedDataset),
        starter: z.object({ sources: z.array(z.string()) }).nullable(),
      }),
    },
    /**
     * A file that a browser holds, piece by piece from offset 0. With the last piece it gets its name and the answer its path:
     * that of a file with the same content where one was uploaded before. BAD_INPUT for a piece out of turn or a kind of
     * file that holds no rows, DISK_FULL where `totalBytes` do not fit.
     */
    uploadFile: {
      input: z.object({
        upload: z.uuid(),
        /** With the folders that it was dropped in: "data/test/rows.parquet". */
        name: z.string().min(1).max(1000),
        totalBytes: z.number().int().min(0),
        offset: z.number().int().min(0),
        bytes: z
          .instanceof(Uint8Array)
          .refine((bytes) => bytes.length <= maxUploadChunkBytes, 'Expected at most 8 MiB in one piece'),
        last: z.boolean(),
      }),
      output: z.object({ path: z.string().nullable() }),
    },
  },
  streams: {
    /** Reads the chosen files into the project, just as its run would; the result is kept in the draft. */
    importDataset: { input: ProjectRequest, event: z.union([Progress, LogEvent, ImportResult]) },
    /** Lengths of what was imported, for the project's model and plan. */
    measureDataset: { input: ProjectRequest, event: z.union([Progress, LogEvent, DatasetLengths]) },
  },
} as const
