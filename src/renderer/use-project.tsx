import { createContext, useContext } from 'react'
import type { ProjectView } from '../contract/app.ts'

const Project = createContext<ProjectView | null>(null)
export const ProjectProvider = Project.Provider

/** The open project. Only pages of a project may ask. */
export function useProject(): ProjectView {
  const project = useContext(Project)
  if (!project) throw new Error('useProject outside a project page')
  return project
}
