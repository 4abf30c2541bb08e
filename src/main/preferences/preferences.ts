import { accessSync, constants, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { mostPlanPresets, PlanPreset, Preferences } from '../../contract/app/preferences.ts'
import { AppError } from '../../contract/errors.ts'
import type { ChangeBell } from '../change-bell.ts'
import { deviceOfBackend } from '../engine-backend.ts'
import { replaceFile } from '../replace-file.ts'

export interface PreferenceStore {
  get(): Preferences
  /** Changes what is given. Throws BAD_INPUT when the projects' folder cannot be written. */
  set(change: Partial<Preferences>): Preferences
  /** Called after every change; returns what ends it. */
  onChange(listener: (preferences: Preferences) => void): () => void
}

export const defaultPreferences: Preferences = {
  colorScheme: 'system',
  notifications: true,
  keepAwake: true,
  checkForUpdates: false,
  keepCrashReports: true,
  device: null,
  devices: [],
  projectsDir: null,
  benchmarkDataDir: null,
  planPresets: [],
}

/** preferences.json of the data folder. A value that no longer parses becomes its default; a damaged file is put aside. */
export function openPreferences(dataDir: string, bell: ChangeBell): PreferenceStore {
  const path = pathIn(dataDir)
  const listeners = new Set<(preferences: Preferences) => void>()
  let current = read(path)
  return {
    get: () => current,
    set(change) {
      if (typeof change.projectsDir === 'string') expectWritable(change.projectsDir)
      // Read again: a second program of the same data folder may have written meanwhile.
      current = { ...read(path), ...change }
      replaceFile(path, `${JSON.stringify(current, null, 2)}\n`)
      for (const listener of listeners) listener(current)
      bell.ring()
      return current
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** For what has to know them before there is an app. */
export const readPreferences = (dataDir: string): Preferences => read(pathIn(dataDir))

const pathIn = (dataDir: string): string => join(dataDir, 'preferences.json')

function read(path: string): Preferences {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return defaultPreferences
    throw error
  }
  const stored = parseObject(text)
  if (!stored) {
    renameSync(path, `${path}.damaged`)
    console.error(`${path} could not be read; it is kept as ${path}.damaged and the defaults are used.`)
    return defaultPreferences
  }
  // Up to version 0.1 a backend was chosen; its default was no choice of a person's.
  const { backend } = stored
  if (typeof backend === 'string' && backend !== 'onnxruntime' && !('device' in stored))
    stored['device'] = deviceOfBackend(backend)
  const kept = Object.entries(Preferences.shape).flatMap(([name, schema]) => {
    const value = schema.safeParse(name === 'planPresets' ? readablePresets(stored[name]) : stored[name])
    return value.success ? [[name, value.data]] : []
  })
  return { ...defaultPreferences, ...Object.fromEntries(kept) }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** A preset of another version that no longer parses costs itself, not the others. */
const readablePresets = (stored: unknown): unknown =>
  Array.isArray(stored)
    ? stored.filter((preset) => PlanPreset.safeParse(preset).success).slice(0, mostPlanPresets)
    : stored

function expectWritable(dir: string): void {
  try {
    if (!isAbsolute(dir)) throw new TypeError('it is not a whole path')
    mkdirSync(dir, { recursive: true })
    accessSync(dir, constants.W_OK)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new AppError(
      'BAD_INPUT',
      `Expected a folder for projects that can be written, found ${dir} (${why}). Choose another.`,
      { path: dir },
      { cause: error },
    )
  }
}
