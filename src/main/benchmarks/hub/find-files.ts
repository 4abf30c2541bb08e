import { AppError } from '../../../contract/errors.ts'
import { hubTree, type HubFile } from './hub-tree.ts'
import type { HubDataset } from './hub-datasets.ts'

export interface PlacedFile {
  file: HubFile
  /** Below the data folder, as the repository's main branch would name it. */
  place: string
}

/**
 * The Parquet files of a dataset's splits: those of its main branch, or the hub's own conversion where the dataset's authors
 * have other formats. Throws FILE_NOT_FOUND where a split is in neither.
 */
export async function findFiles(
  base: string,
  source: HubDataset,
  signal: AbortSignal,
): Promise<PlacedFile[]> {
  const { dataset, folder, splits } = source
  for (const { revision, name } of [
    { revision: 'main', name: ofMain },
    { revision: 'refs/convert/parquet', name: ofConversion },
  ]) {
    const tree = (await hubTree({ base, dataset, revision }, signal)) ?? []
    const found = splits.map((split) => tree.filter(({ path }) => name(source, split).test(path)))
    if (found.some((files) => files.length === 0)) continue
    return found.flatMap((files, s) =>
      files.map((file, i) => ({
        file,
        place:
          revision === 'main'
            ? `${folder}/${file.path}`
            : `${folder}/${source.config}/${splits[s]}-${digits(i)}-of-${digits(files.length)}.parquet`,
      })),
    )
  }
  throw new AppError(
    'FILE_NOT_FOUND',
    `Expected Parquet files of ${dataset} (${source.config}: ${splits.join(', ')}) at ${base}, found none. Download them by hand into the folder ${folder} of the data folder.`,
    { dataset },
  )
}

const digits = (n: number): string => String(n).padStart(5, '0')
const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** `ARC-Challenge/test-00000-of-00001.parquet`; a dataset of one configuration has `data/` or nothing before it. */
const ofMain = ({ config }: HubDataset, split: string): RegExp =>
  new RegExp(
    `^${config === 'default' ? '(default/|data/)?' : `${escaped(config)}/`}${split}-\\d+-of-\\d+\\.parquet$`,
  )

/** `winogrande_xl/train/0000.parquet` */
const ofConversion = ({ config }: HubDataset, split: string): RegExp =>
  new RegExp(`^${escaped(config)}/${split}/\\d+\\.parquet$`)
