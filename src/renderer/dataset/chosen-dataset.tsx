import { Button } from '@mantine/core'
import type { DatasetChoice, ProjectDraft } from '../../contract/app.ts'
import type { DatasetInspection } from '../../contract/dataset-inspection.ts'
import { Strip } from '../components/sections.tsx'
import { go } from '../navigation.tsx'
import { datasetStrings as words } from '../strings/dataset.ts'
import { useAction, useCall, useMain } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { ColumnsSection } from './columns-section.tsx'
import { FileStrip } from './file-strip.tsx'
import { LengthSection } from './length-section.tsx'
import { RowsSection } from './rows-section.tsx'
import { SplitSection } from './split-section.tsx'
import type { DatasetActions } from './use-dataset-choice.ts'

/** Files that were chosen: sections appear as they are known. */
export function ChosenDataset({ actions }: { actions: DatasetActions }) {
  const { draft, run } = useProject()
  const { dataset: choice, data } = draft
  return (
    <>
      {run && <Locked run={run.id} />}
      {choice ? (
        <ChosenFiles choice={choice} actions={actions} locked={run !== null} />
      ) : (
        <p className="section secondary">{words.readyFiles}</p>
      )}
      {data && !choice && <LengthSection key={lengthKey(draft)} />}
    </>
  )
}

function ChosenFiles({
  choice,
  actions,
  locked,
}: {
  choice: DatasetChoice
  actions: DatasetActions
  locked: boolean
}) {
  const { draft } = useProject()
  const { data } = draft
  const { value, problem } = useCall('inspectDataset', { sources: choice.sources, mapping: choice.mapping })
  const inspection: DatasetInspection | null = value
  return (
    <>
      <FileStrip
        choice={choice}
        inspection={inspection}
        inspectionProblem={problem}
        actions={actions}
        locked={locked}
      />
      {inspection && inspection.files.some(({ columns }) => columns.length > 0) && (
        <ColumnsSection
          key={JSON.stringify(choice)}
          choice={choice}
          inspection={inspection}
          locked={locked || actions.busy}
          onChoose={actions.choose}
        />
      )}
      {data && <RowsSection data={data} />}
      {data && <LengthSection key={lengthKey(draft)} />}
      {inspection && (
        <SplitSection
          key={`split-${JSON.stringify(choice)}`}
          choice={choice}
          inspection={inspection}
          locked={locked || actions.busy}
          onChoose={actions.choose}
        />
      )}
    </>
  )
}

/** Other rows, another model or another limit: other lengths. */
const lengthKey = ({ dataset, data, modelDir, plan }: ProjectDraft): string =>
  JSON.stringify([
    dataset,
    data?.trainRows,
    data?.testRows,
    modelDir,
    plan?.iterations[0]?.training.maxLength,
  ])

function Locked({ run }: { run: number }) {
  const client = useMain()
  const { id } = useProject()
  const duplicate = useAction()
  return (
    <div className="locked">
      <Strip
        kind={duplicate.problem ? 'error' : 'info'}
        actions={
          <Button
            variant="default"
            size="compact-sm"
            loading={duplicate.busy}
            onClick={() =>
              duplicate.run(async () => {
                const { projectId } = await client.call('duplicateProject', { projectId: id })
                go({ name: 'project', projectId, step: 'dataset' })
              })
            }
          >
            {words.duplicate}
          </Button>
        }
      >
        {duplicate.problem ?? words.locked(run)}
      </Strip>
    </div>
  )
}
