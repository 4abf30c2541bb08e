import { Select } from '@mantine/core'
import type { KnownModel } from '../../contract/app.ts'
import { chatStrings as words } from '../strings/chat.ts'
import { useProject } from '../use-project.tsx'
import type { Column } from './chat-state.ts'
import { modelOption } from './model-choice.ts'

/** Which model answers in each column. */
export function ColumnHeads({
  models,
  chosen,
  onChoose,
}: {
  models: readonly KnownModel[]
  /** One or two. */
  chosen: readonly (KnownModel | null)[]
  onChoose: (column: Column, dir: string) => void
}) {
  const project = useProject()
  const names = chosen.length === 1 ? [words.model] : [words.leftModel, words.rightModel]
  return (
    <div className={`chat-columns chat-heads columns-${chosen.length}`}>
      {chosen.map((model, column) => (
        <div key={names[column]} className={`chat-head ${model?.kind ?? 'base'}`}>
          <Select
            aria-label={names[column] ?? words.model}
            data={models.map((one) => modelOption(one, project))}
            value={model?.dir ?? null}
            onChange={(dir) => dir !== null && onChoose(column as Column, dir)}
            allowDeselect={false}
            size="xs"
            comboboxProps={{ shadow: 'md' }}
          />
        </div>
      ))}
    </div>
  )
}
