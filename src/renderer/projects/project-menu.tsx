import { ActionIcon, Menu } from '@mantine/core'
import { useState } from 'react'
import type { ProjectSummary, RunSummary } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { go } from '../navigation.tsx'
import { projectsStrings as words } from '../strings/projects.ts'
import { useCall, useMain } from '../use-main.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { RenameDialog } from './rename-dialog.tsx'
import './projects.css'

/** What can be done with a project. `run.live` keeps it from being renamed and deleted. */
export function ProjectMenu({
  project,
  run,
  onProblem,
}: {
  project: ProjectSummary
  run: RunSummary | null
  /** Runs an action of the menu and shows why it failed. */
  onProblem: (work: () => Promise<unknown>) => void
}) {
  const client = useMain()
  const { value: host } = useCall('host', {})
  const [open, setOpen] = useState<'rename' | 'delete' | null>(null)
  const { id: projectId, name, dir, step } = project
  const isLive = run?.live ?? false
  const duplicate = async (): Promise<void> => {
    const copy = await client.call('duplicateProject', { projectId })
    go({ name: 'project', projectId: copy.projectId, step: 'model' })
  }
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" size={28} aria-label={words.more(name)} color="gray">
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => go({ name: 'project', projectId, step })}>{words.open}</Menu.Item>
          <Menu.Item disabled={isLive} onClick={() => setOpen('rename')}>
            {words.rename}
          </Menu.Item>
          <Menu.Item onClick={() => onProblem(duplicate)}>{words.duplicate}</Menu.Item>
          {host?.opensFolders ? (
            <Menu.Item onClick={() => onProblem(() => client.call('openPath', { path: dir }))}>
              {words.showFolder}
            </Menu.Item>
          ) : (
            <Menu.Item onClick={() => onProblem(() => navigator.clipboard.writeText(dir))}>
              {words.copyPath}
            </Menu.Item>
          )}
          <Menu.Divider />
          <Menu.Item disabled={isLive} color="var(--error)" onClick={() => setOpen('delete')}>
            {words.remove}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === 'rename' && <RenameDialog project={project} onClose={() => setOpen(null)} />}
      {open === 'delete' && <DeleteDialog project={project} run={run} onClose={() => setOpen(null)} />}
    </>
  )
}
