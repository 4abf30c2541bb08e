import { Button, Menu } from '@mantine/core'
import type { PublishedRow } from '../../contract/app/benchmarks.ts'
import { Icon } from '../components/icon.tsx'
import { saveBytes } from '../host/save-bytes.ts'
import { useTell } from '../notices/notices.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { messageOf, useMain } from '../use-main.ts'
import { modelName, nameInside } from './model-names.ts'
import type { ScoreTable } from './score-table.ts'
import type { SettingsGroup } from './settings-groups.ts'
import { tableCsv, tableMarkdown } from './table-text.ts'

const words = benchmarksStrings.copy

/** The table for other programs, and each evaluation in the harness's own form. */
export function CopyMenu({
  group,
  table,
  published,
}: {
  group: SettingsGroup
  table: ScoreTable
  published: readonly PublishedRow[]
}) {
  const client = useMain()
  const tell = useTell()
  const attempt = (work: Promise<string | null>): void => {
    work.then(
      (title) => title !== null && tell({ id: 'benchmarks', kind: 'info', title }),
      (error: unknown) =>
        tell({ id: 'benchmarks', kind: 'error', title: words.failed, text: messageOf(error) }),
    )
  }
  const copy = (text: string): void => attempt(navigator.clipboard.writeText(text).then(() => words.copied))
  const save = async (id: number): Promise<string | null> => {
    const { name, json } = await client.call('benchmarkJson', { id })
    const path = await saveBytes(client, name, new TextEncoder().encode(json))
    return path === null ? null : words.saved(path)
  }
  const done = group.evaluations.filter(({ state }) => state === 'done')
  const isAlone = (iteration: number): boolean =>
    done.filter(({ model }) => model.iteration === iteration).length === 1
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" leftSection={<Icon name="export" />}>
          {words.menu}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Icon name="copy" />} onClick={() => copy(tableCsv(table, published))}>
          {words.csv}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="copy" />} onClick={() => copy(tableMarkdown(table, published))}>
          {words.markdown}
        </Menu.Item>
        {done.map(({ id, model: { iteration } }) => (
          <Menu.Item key={id} leftSection={<Icon name="export" />} onClick={() => attempt(save(id))}>
            {words.json(isAlone(iteration) ? nameInside(iteration) : `${modelName(iteration)} (${id})`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
