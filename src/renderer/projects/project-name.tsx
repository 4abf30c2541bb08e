import { ActionIcon } from '@mantine/core'
import { useState } from 'react'
import { Icon } from '../components/icon.tsx'
import { projectsStrings as words } from '../strings/projects.ts'
import { RenameDialog } from './rename-dialog.tsx'
import './projects.css'

/** The open project's name over its steps, with a pencil. */
export function ProjectName({ project, locked }: { project: { id: string; name: string }; locked: boolean }) {
  const [isRenaming, setRenaming] = useState(false)
  return (
    <div className="project-name name">
      <h2 title={project.name} onDoubleClick={() => !locked && setRenaming(true)}>
        {project.name}
      </h2>
      {!locked && (
        <ActionIcon
          variant="subtle"
          size={24}
          color="gray"
          aria-label={words.renameHere(project.name)}
          title={words.renameHere(project.name)}
          onClick={() => setRenaming(true)}
        >
          <Icon name="pencil" size={14} />
        </ActionIcon>
      )}
      {isRenaming && <RenameDialog project={project} onClose={() => setRenaming(false)} />}
    </div>
  )
}
