import { Button } from '@mantine/core'
import { PageFrame } from '../components/page-frame.tsx'
import { EmptyState, Section, Strip } from '../components/sections.tsx'
import { useChooseFolder } from '../components/use-choose-folder.tsx'
import { go } from '../navigation.tsx'
import { modelStrings as words } from '../strings/model.ts'
import { useAction, useMain } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { ChosenModel } from './chosen-model.tsx'
import { InspectingModel } from './inspecting-model.tsx'
import { KnownBases } from './known-bases.tsx'
import { ModelChooser } from './model-chooser.tsx'
import { TemplatePane } from './template-pane.tsx'
import { useChooseModel } from './use-choose-model.ts'
import { useModelCard } from './use-model-card.ts'
import { useModelDrop } from './use-model-drop.ts'
import './model.css'

/** The wizard's first step: which model, and what it is. */
export function ModelPage() {
  const { id: projectId, draft, run } = useProject()
  const chosen = useChooseModel(projectId)
  const folder = useChooseFolder('model', chosen.choose)
  const client = useMain()
  const duplicate = useAction()
  const card = useModelCard(draft.modelDir, draft.model)
  const isLocked = run !== null
  const browse = (notice?: string): void =>
    folder.choose({ title: words.chooseTitle, startIn: null, notice: notice ?? null })
  const drop = useModelDrop({ isOff: isLocked || chosen.inspecting !== null, choose: chosen.choose, browse })
  const problem = chosen.problem ?? folder.problem ?? drop.problem ?? duplicate.problem
  const duplicateProject = (): void =>
    duplicate.run(async () => {
      const copy = await client.call('duplicateProject', { projectId })
      go({ name: 'project', projectId: copy.projectId, step: 'model' })
    })
  return (
    <div className={drop.isOver ? 'model-dropzone model-over' : 'model-dropzone'} {...drop.handlers}>
      <PageFrame
        title={words.title}
        subtitle={words.subtitle}
        rightWidth={448}
        rightName={words.template}
        primary={
          draft.modelDir === null
            ? { words: words.choose, icon: 'folder', busy: chosen.inspecting !== null, run: () => browse() }
            : {
                words: words.next,
                icon: 'arrow',
                run: () => go({ name: 'project', projectId, step: 'dataset' }),
              }
        }
        right={
          draft.modelDir === null ? (
            <EmptyState title={words.emptyRight.title}>{words.emptyRight.words}</EmptyState>
          ) : (
            <TemplatePane model={card.value} />
          )
        }
      >
        {isLocked && (
          <Section name={words.lockedName}>
            <Strip
              kind="info"
              actions={
                <Button variant="default" loading={duplicate.busy} onClick={duplicateProject}>
                  {words.duplicate}
                </Button>
              }
            >
              {words.locked(run.id)}
            </Strip>
          </Section>
        )}
        {problem && (
          <Section name={words.broken}>
            <Strip
              kind="error"
              actions={
                !isLocked && (
                  <Button variant="default" onClick={() => browse()}>
                    {words.another}
                  </Button>
                )
              }
            >
              <strong>{words.broken}</strong> {problem}{' '}
              {draft.modelDir !== null && !isLocked && words.brokenSafe}
            </Strip>
          </Section>
        )}
        {chosen.inspecting !== null && <InspectingModel dir={chosen.inspecting} onStop={chosen.stop} />}
        {draft.modelDir === null ? (
          chosen.inspecting === null && <ModelChooser onBrowse={() => browse()} onChoose={chosen.choose} />
        ) : (
          <ChosenModel
            modelDir={draft.modelDir}
            card={card}
            onReplace={isLocked || chosen.inspecting !== null ? null : () => browse()}
          />
        )}
        {draft.modelDir === null && <KnownBases onChoose={chosen.choose} />}
      </PageFrame>
      {folder.dialog}
    </div>
  )
}
