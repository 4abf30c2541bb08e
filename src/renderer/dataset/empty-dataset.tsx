import { Button } from '@mantine/core'
import type { UsedDataset } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { day } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { datasetStrings } from '../strings/dataset.ts'
import { useCall } from '../use-main.ts'
import { FileButtons } from './file-buttons.tsx'
import { UploadLine } from './upload-line.tsx'
import type { DatasetActions } from './use-dataset-choice.ts'

const words = datasetStrings.empty

/** Before any file: where to drop, what was used before. */
export function EmptyDataset({ actions }: { actions: DatasetActions }) {
  const { value: used } = useCall('usedDatasets', {})
  const starter = used?.starter
  return (
    <>
      <div className="drop-panel-frame">
        <div className="drop-panel">
          <Icon name="file" size={24} />
          <strong>{words.title}</strong>
          <p className="secondary">{words.hint(window.desktop !== undefined)}</p>
          {actions.upload ? (
            <UploadLine upload={actions.upload} onStop={actions.stopUpload} />
          ) : (
            <div className="row">
              <FileButtons actions={actions} replace={false} />
              {starter && (
                <Button
                  variant="default"
                  disabled={actions.busy}
                  onClick={() => actions.takeSources(starter.sources)}
                >
                  {words.starter}
                </Button>
              )}
            </div>
          )}
          {actions.problem && <Strip kind="error">{actions.problem}</Strip>}
        </div>
      </div>
      {used && used.datasets.length > 0 && (
        <Section title={words.usedBefore}>
          <UsedTable datasets={used.datasets} onUse={actions.choose} />
        </Section>
      )}
    </>
  )
}

function UsedTable({
  datasets,
  onUse,
}: {
  datasets: readonly UsedDataset[]
  onUse: (choice: UsedDataset['choice']) => void
}) {
  return (
    <table className="list">
      <thead className="visually-hidden">
        <tr>
          <th>{words.columns.name}</th>
          <th>{words.columns.format}</th>
          <th>{words.columns.rows}</th>
          <th>{words.columns.used}</th>
          <th>{words.use}</th>
        </tr>
      </thead>
      <tbody>
        {datasets.map(({ choice, name, format, rows, usedAt, project }) => (
          <tr key={JSON.stringify(choice.sources)}>
            <td className="key clip" title={choice.sources.join('\n')}>
              {name}
            </td>
            <td className="secondary">{format ? datasetStrings.formats[format] : '–'}</td>
            <td className="secondary end">{rows === null ? '–' : datasetStrings.rows(rows)}</td>
            <td className="hint end" title={project}>
              {day(usedAt)}
            </td>
            <td className="end">
              <button
                type="button"
                className="link accent"
                onClick={() => onUse(choice)}
                aria-label={words.useNamed(name)}
              >
                {words.use}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
