import type { PairRow } from '../../contract/chat.ts'
import { eachRow, pairRowOf } from './dataset-rows.ts'

/**
 * Rows of `train_prefs-00000-of-00001.parquet`, ours or an official one, in file order.
 * Errors: FILE_NOT_FOUND, FILE_UNREADABLE, DATASET_UNMAPPED.
 */
export async function readPairRows(path: string): Promise<PairRow[]> {
  const rows: PairRow[] = []
  await eachRow(path, (record) => rows.push(pairRowOf(record)))
  return rows
}
