import { Button } from '@mantine/core'
import { PageFrame } from '../components/page-frame.tsx'
import { go } from '../navigation.tsx'
import { datasetStrings as words } from '../strings/dataset.ts'
import { useProject } from '../use-project.tsx'
import { ChosenDataset } from './chosen-dataset.tsx'
import './dataset.css'
import { DropZone } from './drop-zone.tsx'
import { EmptyDataset } from './empty-dataset.tsx'
import { GoodFile } from './good-file.tsx'
import { PreviewPane } from './preview-pane.tsx'
import { useDatasetChoice } from './use-dataset-choice.ts'

/** Step 2: which rows the model learns from, and how they are read. The whole page takes dropped files. */
export function DatasetPage() {
  const { id: projectId, draft, run } = useProject()
  const actions = useDatasetChoice()
  const locked = run !== null
  const open = (step: 'model' | 'plan') => go({ name: 'project', projectId, step })
  const chosen = draft.dataset !== null
  return (
    <DropZone disabled={locked} onDrop={actions.takeDrop}>
      <PageFrame
        title={words.title}
        subtitle={words.subtitle}
        actions={
          <Button variant="default" onClick={() => open('model')}>
            {words.back}
          </Button>
        }
        primary={{
          words: words.next,
          icon: 'arrow',
          blocked: locked ? null : blockedBy(draft),
          run: () => open('plan'),
        }}
        right={chosen || draft.data ? <PreviewPane key={keyOf(draft)} /> : <GoodFile />}
        rightWidth={448}
        rightName={chosen ? words.preview.title : words.good.title}
      >
        {chosen || locked ? <ChosenDataset actions={actions} /> : <EmptyDataset actions={actions} />}
      </PageFrame>
    </DropZone>
  )
}

type Draft = ReturnType<typeof useProject>['draft']

function blockedBy({ dataset, data }: Draft): string | null {
  if (dataset === null && data === null) return words.blocked.none
  if (data === null) return words.blocked.reading
  if (data.trainRows === 0) return words.blocked.noTrain
  return data.testRows === 0 ? words.blocked.noTest : null
}

/** Rows that were read anew are looked at anew. */
const keyOf = ({ dataset, data }: Draft): string => JSON.stringify([dataset, data?.trainRows, data?.testRows])
