import { ActionIcon, Menu } from '@mantine/core'
import type { RefObject } from 'react'
import { Icon } from '../components/icon.tsx'
import { saveBytes } from '../host/save-bytes.ts'
import { useTell } from '../notices/notices.tsx'
import { chartStrings as words } from '../strings/charts.ts'
import { messageOf, useMain } from '../use-main.ts'
import type { ChartSpec } from './chart-spec.ts'
import type { MetricPlot } from './metric-plot.ts'
import { shownIterations, type Scope } from './plotted-columns.ts'
import type { RunSteps } from './run-steps.ts'

export function ChartMenu({
  spec,
  steps,
  scope,
  plot,
}: {
  spec: ChartSpec
  steps: RunSteps
  scope: Scope
  plot: RefObject<MetricPlot | null>
}) {
  const client = useMain()
  const tell = useTell()
  /** The menu is closed by then, so what became of it is told beside the page. */
  const attempt = (work: Promise<string | null>, failed: string): void => {
    work.then(
      (title) => title !== null && tell({ id: 'chart', kind: 'info', title }),
      (error: unknown) => tell({ id: 'chart', kind: 'error', title: failed, text: messageOf(error) }),
    )
  }
  const copy = async (): Promise<string> => {
    await navigator.clipboard.writeText(tableText(spec, steps, scope))
    return words.copied(spec.title)
  }
  const save = async (): Promise<string | null> => {
    const { current } = plot
    if (!current) return null
    const surface = getComputedStyle(current.over).getPropertyValue('--surface').trim()
    const path = await saveBytes(client, `${spec.id}.png`, await current.image(surface))
    return path === null ? null : words.saved(path)
  }
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={24} aria-label={words.menu(spec.title)}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Icon name="copy" />} onClick={() => attempt(copy(), words.copyFailed)}>
          {words.copyTable}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="export" />} onClick={() => attempt(save(), words.saveFailed)}>
          {words.saveImage}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** Tab-separated, every recorded step, with full precision. */
export function tableText(spec: ChartSpec, steps: RunSteps, scope: Scope): string {
  const head = [words.iterationColumn, words.stepColumn, ...spec.lines.map(({ name }) => name ?? spec.title)]
  const rows = shownIterations(steps, scope).flatMap(({ iteration, step, raw }) =>
    Array.from(step, (at, i) => [
      iteration,
      at,
      ...spec.lines.map(({ metric }) => (Number.isNaN(raw[metric][i]) ? '' : raw[metric][i])),
    ]),
  )
  return [head, ...rows].map((row) => row.join('\t')).join('\n')
}
