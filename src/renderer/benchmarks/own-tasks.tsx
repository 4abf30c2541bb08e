import { Button, Menu } from '@mantine/core'
import { useState } from 'react'
import { FolderBrowser } from '../components/folder-browser.tsx'
import { Icon } from '../components/icon.tsx'
import { lastName } from '../components/last-name.ts'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { useCall, useMain } from '../use-main.ts'
import type { Measure } from './use-measure.ts'

const words = benchmarksStrings.measure
const extensions = ['yaml', 'yml']

/** A person's own tasks, a YAML file each: by the system's dialog where the host has one. */
export function OwnTasks({ measure: { choice, set, data, tasks } }: { measure: Measure }) {
  const client = useMain()
  const { value: host } = useCall('host', {})
  const [browsing, setBrowsing] = useState(false)
  const { taskFiles } = choice
  const take = (paths: readonly string[]): void => {
    setBrowsing(false)
    if (paths.length > 0) set({ taskFiles: [...new Set([...taskFiles, ...paths])] })
  }
  const drop = (path: string): void => {
    const own = data?.filter((task) => task.own).map(({ task }) => task) ?? []
    const others = taskFiles.filter((file) => file !== path)
    // Which tasks a file declared is not known here: with the last file go all.
    set({
      taskFiles: others,
      tasks: others.length === 0 ? tasks.filter((task) => !own.includes(task)) : tasks,
    })
  }
  const ask = (): void => {
    if (!host?.dialogs) return setBrowsing(true)
    void client
      .call('chooseFiles', { title: words.addTaskTitle, extensions })
      .then(({ paths }) => take(paths))
  }
  return (
    <>
      {taskFiles.length > 0 && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button variant="subtle">{words.ownFiles}</Button>
          </Menu.Target>
          <Menu.Dropdown>
            {taskFiles.map((path) => (
              <Menu.Item key={path} leftSection={<Icon name="trash" />} onClick={() => drop(path)}>
                {words.removeTask(lastName(path))}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      <Button variant="default" leftSection={<Icon name="plus" />} onClick={ask}>
        {words.addTask}
      </Button>
      {browsing && (
        <FolderBrowser
          title={words.addTaskTitle}
          wanted="files"
          extensions={extensions}
          onClose={() => setBrowsing(false)}
          onChoose={take}
        />
      )}
    </>
  )
}
