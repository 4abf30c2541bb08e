import type { ProjectView } from '../../contract/app.ts'
import { whole } from '../components/numbers.ts'
import { planStrings as words } from '../strings/plan.ts'

export function subtitleOf({ draft: { modelDir, dataset, data } }: ProjectView): string {
  const sources = dataset?.sources ?? (data ? [data.trainPath] : [])
  return words.subtitle(
    lastName(modelDir ?? ''),
    sources.map(lastName).join(', '),
    data ? whole(data.trainRows) : '',
  )
}

const lastName = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== '') ?? path
