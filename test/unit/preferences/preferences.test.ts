import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { mostPlanPresets } from '../../../src/contract/app/preferences.ts'
import { workstationPlan } from '../../../src/contract/presets.ts'
import { createChangeBell } from '../../../src/main/change-bell.ts'
import { defaultPreferences, openPreferences } from '../../../src/main/preferences/preferences.ts'
import { folderOfTest } from '../../temp-folder.ts'

function folder(): string {
  const dir = folderOfTest('preferences')
  return dir
}
const open = (dir: string) => openPreferences(dir, createChangeBell())
const plan = workstationPlan({ parameters: 1e6, rows: 4000, checkable: true })

it('begins with the defaults: no updates looked for, nothing written', () => {
  const dir = folder()
  expect(open(dir).get()).toEqual(defaultPreferences)
  expect(defaultPreferences.checkForUpdates).toBe(false)
  expect(readdirSync(dir)).toEqual([])
})

it('keeps what was changed over a restart, whole and nothing beside it', () => {
  const dir = folder()
  const preferences = open(dir)
  preferences.set({ colorScheme: 'dark' })
  preferences.set({ planPresets: [{ name: 'Overnight', plan }], notifications: false })
  expect(open(dir).get()).toEqual({
    ...defaultPreferences,
    colorScheme: 'dark',
    notifications: false,
    planPresets: [{ name: 'Overnight', plan }],
  })
  expect(readdirSync(dir)).toEqual(['preferences.json'])
})

it('tells its listeners and rings the bell at every change', async () => {
  const dir = folder()
  const bell = createChangeBell()
  const preferences = openPreferences(dir, bell)
  const seen: string[] = []
  const end = preferences.onChange(({ colorScheme }) => seen.push(colorScheme))
  const rung = bell.next(10_000, new AbortController().signal)
  preferences.set({ colorScheme: 'light' })
  await rung
  end()
  preferences.set({ colorScheme: 'dark' })
  expect(seen).toEqual(['light'])
})

it('does not undo what a second program of the same data folder has set', () => {
  const dir = folder()
  const [one, other] = [open(dir), open(dir)]
  one.set({ keepAwake: false })
  other.set({ colorScheme: 'dark' })
  expect(open(dir).get()).toMatchObject({ keepAwake: false, colorScheme: 'dark' })
})

it('replaces values that do not parse by their defaults, and only those', () => {
  const dir = folder()
  const presets = [
    { name: 'Kept', plan },
    { name: 'Of another version', plan: { iterations: 'many' } },
  ]
  writeFileSync(
    join(dir, 'preferences.json'),
    JSON.stringify({ colorScheme: 'sepia', keepAwake: false, planPresets: presets, unknown: 1 }),
  )
  expect(open(dir).get()).toEqual({
    ...defaultPreferences,
    keepAwake: false,
    planPresets: [{ name: 'Kept', plan }],
  })
})

it('keeps the presets that fit where a file has more than can be saved', () => {
  const dir = folder()
  const planPresets = Array.from({ length: mostPlanPresets + 5 }, (_, i) => ({ name: `Preset ${i}`, plan }))
  writeFileSync(join(dir, 'preferences.json'), JSON.stringify({ planPresets }))
  expect(open(dir).get().planPresets).toEqual(planPresets.slice(0, mostPlanPresets))
})

it('puts a damaged file aside instead of losing it', () => {
  const dir = folder()
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  onTestFinished(() => said.mockRestore())
  writeFileSync(join(dir, 'preferences.json'), '{"colorScheme": "da')
  expect(open(dir).get()).toEqual(defaultPreferences)
  expect(readFileSync(join(dir, 'preferences.json.damaged'), 'utf8')).toBe('{"colorScheme": "da')
  expect(said).toHaveBeenCalledOnce()
})

it('makes the projects’ folder, and refuses one that cannot be written', () => {
  const dir = folder()
  const projectsDir = join(dir, 'large disk', 'projects')
  expect(open(dir).set({ projectsDir }).projectsDir).toBe(projectsDir)
  expect(existsSync(projectsDir)).toBe(true)
  writeFileSync(join(dir, 'file'), '')
  expect(() => open(dir).set({ projectsDir: join(dir, 'file', 'below') })).toThrow(
    /Expected a folder for projects/,
  )
  expect(() => open(dir).set({ projectsDir: 'relative' })).toThrow(/not a whole path/)
  expect(open(dir).get().projectsDir).toBe(projectsDir)
})

it('takes a backend that an earlier version kept as the device of its kind; its default was no choice', () => {
  const dir = folder()
  const kept = (value: object): string | null => {
    writeFileSync(join(dir, 'preferences.json'), JSON.stringify(value))
    return open(dir).get().device
  }
  expect(kept({ backend: 'webgpu' })).toBe('webgpu')
  expect(kept({ backend: 'onnxruntime' })).toBeNull()
  expect(kept({ backend: 'webgpu', device: null })).toBeNull()
  expect(kept({ device: 'cuda:1' })).toBe('cuda:1')
  expect(kept({ device: 'abacus' })).toBeNull()
})

it('keeps devices that share the work, also several of one kind; what is no device is no choice', () => {
  const dir = folder()
  expect(open(dir).get().devices).toEqual([])
  open(dir).set({ devices: ['cuda:0', 'cpu', 'cpu'] })
  expect(open(dir).get().devices).toEqual(['cuda:0', 'cpu', 'cpu'])
  writeFileSync(join(dir, 'preferences.json'), JSON.stringify({ devices: ['cpu', 'abacus'] }))
  expect(open(dir).get().devices).toEqual([])
})
