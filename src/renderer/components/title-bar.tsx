import type { ReactNode } from 'react'
import mark from '../mark.svg'
import { AppMenu } from '../host/app-menu.tsx'
import type { ProjectView } from '../../contract/app.ts'
import type { Page } from '../navigation.tsx'
import { windowStrings as words } from '../strings/window.ts'
import { Icon } from './icon.tsx'

/** App, project › page, and the command box. */
export function TitleBar({
  page,
  project,
  navigation,
  command,
}: {
  page: Page
  project: ProjectView | null
  /** Opens the sidebar, where it is not beside the page. */
  navigation: ReactNode
  command: ReactNode
}) {
  return (
    <header className="title-bar">
      <span className="brand row">
        {navigation}
        <AppMenu />
        <img src={mark} width={16} height={16} alt="" />
        {words.app}
      </span>
      {page.name === 'project' && project && (
        <span className="trail row">
          {project.name} <Icon name="right" size={10} /> <strong>{words.steps[page.step]}</strong>
        </span>
      )}
      <span className="title-end">{command}</span>
    </header>
  )
}
