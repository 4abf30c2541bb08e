import { Strip } from '../components/sections.tsx'
import { EmptyStep } from '../components/empty-step.tsx'
import { PageFrame } from '../components/page-frame.tsx'
import { chatStrings as words } from '../strings/chat.ts'
import { useCall } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { ChatDesk } from './chat-desk.tsx'

/** Talking to the models of a project: one, or two side by side. */
export function ChatPage() {
  const project = useProject()
  const { run, id: projectId } = project
  // A finished iteration is another model to talk to.
  const version = `${run?.scores.length ?? 0} ${run?.best ?? ''} ${run?.state ?? ''}`
  const { value, problem } = useCall('models', { projectId }, version)
  const models = value?.models ?? null
  if (models?.some(({ exists }) => exists)) return <ChatDesk models={models} />
  return (
    <PageFrame title={words.title} subtitle={words.subtitle(project.name)}>
      {problem && <Strip kind="error">{problem}</Strip>}
      {models && (
        <EmptyStep title={words.noModel} step="model" link={words.toModel}>
          {words.noModelHelp}
        </EmptyStep>
      )}
    </PageFrame>
  )
}
