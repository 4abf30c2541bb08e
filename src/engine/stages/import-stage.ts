import type { ImportResult, ImportRequest, LogEvent, Progress } from '../../contract/engine.ts'
import type { z } from 'zod'
import { importDataset } from '../data/import-dataset.ts'

/** Stage 1, reformat: any supported files → train.parquet and test.parquet. */
export function importStage(
  request: z.infer<typeof ImportRequest>,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent | ImportResult> {
  return importDataset(request, signal)
}
