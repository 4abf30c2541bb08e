import { Button, Switch } from '@mantine/core'
import type { KnownModel } from '../../contract/app.ts'
import type { ChatSettings } from '../../contract/chat-stream.ts'
import { PageFrame } from '../components/page-frame.tsx'
import { Section, Strip } from '../components/sections.tsx'
import { useKept } from '../components/use-kept.ts'
import { chatStrings as words } from '../strings/chat.ts'
import { useCall } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import './chat.css'
import { ChatPane } from './chat-pane.tsx'
import type { Column } from './chat-state.ts'
import { ColumnHeads } from './column-heads.tsx'
import { ContextSection } from './context-section.tsx'
import type { AskedModel } from './conversation.ts'
import { defaultModels, modelName } from './model-choice.ts'
import { SamplingPane } from './sampling-pane.tsx'
import { useConversation } from './use-conversation.ts'

const fallback: ChatSettings = {
  temperature: 0,
  topK: 0,
  topP: 1,
  maxNewTokens: 256,
  seed: 42,
  promptFormat: 'chat',
}

/** The page once there is a model to talk to. */
export function ChatDesk({ models }: { models: readonly KnownModel[] }) {
  const project = useProject()
  const { conversation, chat, busy } = useConversation(project.id)
  const [{ twoColumns, dirs, changes }, setView] = useView(project.id)

  const columns: readonly Column[] = twoColumns ? [0, 1] : [0]
  const preset = defaultModels(models)
  const chosen = columns.map((column) => models.find(({ dir }) => dir === dirs[column]) ?? preset[column])
  const asked = chosen.flatMap((model, column): AskedModel[] =>
    model ? [{ column: column as Column, dir: model.dir, name: modelName(model) }] : [],
  )
  const first = chosen[0]?.dir ?? ''
  const { value: defaults, problem } = useCall('chatDefaults', { modelDir: first, projectId: project.id })
  // Nothing is asked with other settings than the page shows.
  const settings = defaults || problem ? settingsOf(defaults, changes) : null

  return (
    <PageFrame
      title={words.title}
      subtitle={words.subtitle(project.name)}
      actions={
        <>
          <Switch
            label={words.sideBySide}
            checked={twoColumns}
            onChange={(event) => setView({ twoColumns: event.currentTarget.checked })}
          />
          <Button
            variant="default"
            title={words.newChatHint}
            disabled={chat.turns.length === 0}
            onClick={() => conversation.clear()}
          >
            {words.newChat}
          </Button>
        </>
      }
      rightName={words.samplingName}
      rightWidth={336}
      right={
        settings === null ? (
          <div aria-busy="true" />
        ) : (
          <SamplingPane
            settings={settings}
            context={defaults?.context ?? null}
            changes={changes}
            onChange={(change) => setView({ changes: { ...changes, ...change } })}
            onReset={() => setView({ changes: {} })}
          >
            {defaults && (
              <ContextSection
                chat={chat}
                columns={columns}
                names={asked.map(({ name }) => name)}
                context={defaults.context}
              />
            )}
            {(project.run?.live || (defaults && defaults.warnings.length > 0)) && (
              <Section title={words.about}>
                {project.run?.live && <Strip kind="warning">{words.live}</Strip>}
                {defaults?.warnings.map((warning) => (
                  <Strip key={warning} kind="warning">
                    {warning}
                  </Strip>
                ))}
              </Section>
            )}
          </SamplingPane>
        )
      }
    >
      <div className="chat">
        <ColumnHeads
          models={models}
          chosen={chosen}
          onChoose={(column, dir) => setView({ dirs: column === 0 ? [dir, dirs[1]] : [dirs[0], dir] })}
        />
        {problem && <Strip kind="error">{problem}</Strip>}
        <ChatPane conversation={conversation} chat={chat} busy={busy} asked={asked} settings={settings} />
      </div>
    </PageFrame>
  )
}

interface View {
  twoColumns: boolean
  /** Chosen models; null = what a page opens with. */
  dirs: readonly [string | null, string | null]
  /** Settings that are not the model's own. */
  changes: Partial<ChatSettings>
}

function useView(projectId: string): [View, (change: Partial<View>) => void] {
  const [view, setView] = useKept<View>(`chat-view-${projectId}`, {
    twoColumns: false,
    dirs: [null, null],
    changes: {},
  })
  return [view, (change) => setView({ ...view, ...change })]
}

/** The model's own settings, but for what was changed. */
function settingsOf(
  defaults: {
    temperature: number
    topK: number
    topP: number
    maxNewTokens: number | null
    promptFormat: ChatSettings['promptFormat']
  } | null,
  changes: Partial<ChatSettings>,
): ChatSettings {
  if (!defaults) return { ...fallback, ...changes }
  const { temperature, topK, topP, promptFormat } = defaults
  const maxNewTokens = defaults.maxNewTokens ?? fallback.maxNewTokens
  return { temperature, topK, topP, maxNewTokens, promptFormat, seed: fallback.seed, ...changes }
}
