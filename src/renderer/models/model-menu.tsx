import { ActionIcon, Menu } from '@mantine/core'
import { useState } from 'react'
import type { KnownModel } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { go } from '../navigation.tsx'
import { ExportForm } from '../results/export-form.tsx'
import '../results/results.css'
import { modelsStrings as words } from '../strings/models.ts'
import { useCall, useMain } from '../use-main.ts'

/** What can be done with a model. */
export function ModelMenu({
  model,
  projectDir,
  act,
}: {
  model: KnownModel
  /** Of the run that it belongs to: exports are proposed beside it. */
  projectDir: string | null
  act: (work: () => Promise<unknown>) => void
}) {
  const client = useMain()
  const { value: host } = useCall('host', {})
  const [isExporting, setExporting] = useState(false)
  const { dir, label, projectId, exists, iteration, kind } = model
  const train = async (): Promise<void> => {
    const created = await client.call('createProject', {})
    await client.call('chooseModel', { projectId: created.projectId, modelDir: dir })
    go({ name: 'project', projectId: created.projectId, step: 'model' })
  }
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" size={28} color="gray" aria-label={words.more(label)}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {projectId !== null && (
            <>
              <Menu.Item onClick={() => go({ name: 'project', projectId, step: 'model' })}>
                {words.open}
              </Menu.Item>
              <Menu.Item onClick={() => go({ name: 'project', projectId, step: 'chat' })}>
                {words.chat}
              </Menu.Item>
            </>
          )}
          <Menu.Item disabled={!exists} onClick={() => act(train)}>
            {words.train}
          </Menu.Item>
          {projectDir !== null && (
            <Menu.Item disabled={!exists} onClick={() => setExporting(true)}>
              {words.export}
            </Menu.Item>
          )}
          {host?.opensFolders ? (
            <Menu.Item disabled={!exists} onClick={() => act(() => client.call('openPath', { path: dir }))}>
              {words.showFolder}
            </Menu.Item>
          ) : (
            <Menu.Item onClick={() => act(() => navigator.clipboard.writeText(dir))}>
              {words.copyPath}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {isExporting && projectDir !== null && (
        <ExportForm
          name={label}
          model={{ dir, iteration: kind === 'sft' ? -2 : (iteration ?? -1) }}
          projectDir={projectDir}
          onClose={() => setExporting(false)}
        />
      )}
    </>
  )
}
