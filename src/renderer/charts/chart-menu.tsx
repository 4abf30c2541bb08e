import { ActionIcon, Menu } from '@mantine/core'
import type { RefObject } from 'react'
import { Icon } from '../components/icon.tsx'
import { chartStrings as words } from '../strings/charts.ts'
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
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={24} aria-label={words.menu(spec.title)}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<Icon name="copy" />}
          onClick={() => void navigator.clipboard.writeText(tableText(spec, steps, scope))}
        >
          {words.copyTable}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="export" />} onClick={() => saveImage(spec, plot.current)}>
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

function saveImage(spec: ChartSpec, plot: MetricPlot | null): void {
  if (!plot) return
  const link = document.createElement('a')
  link.href = plot.image(getComputedStyle(plot.over).getPropertyValue('--surface').trim())
  link.download = `${spec.id}.png`
  link.click()
}
