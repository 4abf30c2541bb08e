import { devicesStrings } from '../../strings/devices.ts'
import { settingsStrings as words } from '../../strings/settings.ts'
import type { Topic } from '../topic.ts'

const rows = [
  words.colors,
  words.notifications,
  words.keepAwake,
  words.projectsDir,
  words.presets,
  devicesStrings,
  devicesStrings.shared,
  words.crashes,
  words.diagnostics,
  words.updates,
  words.dataDir,
].map(({ label, about }) => [label, about])

export const settings: Topic = {
  id: 'settings',
  title: 'Settings',
  summary: 'What can be set for the whole program.',
  sections: [
    { title: 'All settings', blocks: [{ table: { head: ['Setting', 'What it does'], rows } }] },
    {
      title: 'Diagnostics',
      blocks: [words.diagnostics.inside, words.diagnostics.outside],
    },
    { title: words.tensorFlow.title, blocks: [...words.tensorFlow.text] },
  ],
}
