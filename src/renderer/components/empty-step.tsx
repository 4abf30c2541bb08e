import type { ReactNode } from 'react'
import { go, type ProjectStep } from '../navigation.tsx'
import { useProject } from '../use-project.tsx'
import { PrimaryButton } from './page-frame.tsx'
import { EmptyState } from './sections.tsx'

/** An empty page of a project, and the way to the step that brings what will be here. */
export function EmptyStep({
  title,
  step,
  link,
  children,
}: {
  title: string
  step: ProjectStep
  /** Words of the way. */
  link: string
  children: ReactNode
}) {
  const { id: projectId } = useProject()
  const run = (): void => go({ name: 'project', projectId, step })
  return (
    <EmptyState title={title} action={<PrimaryButton primary={{ words: link, icon: 'arrow', run }} />}>
      {children}
    </EmptyState>
  )
}
