import type { ProjectView } from '../../contract/app.ts'
import { whole } from '../components/numbers.ts'
import { planStrings as words } from '../strings/plan.ts'

export function subtitleOf({ draft: { modelDir, dataset, data } }: ProjectView): string {
  const sources = dataset?.sources ?? (data ? [data.trainPath] : [])
  return words.subtitle(
    lastName(modelDir ?? ''),
    sources.map(lastName).join(', '),
    data ? whole(data.trainRows) : null,
  )
}

/** The last name of a path, with its parent where the name alone says nothing. */
function lastName(path: string): string {
  const [parent, name = path] = path
    .split(/[\\/]/)
    .filter((part) => part !== '')
    .slice(-2)
  return parent !== undefined && /^(model|dataset|data|train\.parquet)$/.test(name)
    ? `${parent}/${name}`
    : name
}
