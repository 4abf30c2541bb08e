import { z } from 'zod'
import { DeviceId } from '../devices.ts'
import { LoopPlan } from '../loop.ts'

/** What a person has set for the whole program, and what the program says of itself. */

export const PlanPreset = z.object({ name: z.string().trim().min(1).max(80), plan: LoopPlan })
export type PlanPreset = z.infer<typeof PlanPreset>

export const mostPlanPresets = 100

export const colorSchemes = ['system', 'light', 'dark'] as const

export const Preferences = z.object({
  colorScheme: z.enum(colorSchemes),
  /** Tell of the end of a run when the window is not in front. */
  notifications: z.boolean(),
  /** Keep the system from sleeping while a run is live. */
  keepAwake: z.boolean(),
  checkForUpdates: z.boolean(),
  /** Write a report into the data folder when something crashes. Reports never leave the machine by themselves. */
  keepCrashReports: z.boolean(),
  /** What engines compute on, from the next start of the program; null = the program chooses. */
  device: DeviceId.nullable(),
  /** Devices that share a run's work, an engine on each; fewer than two = the one device alone. From the next start on. */
  devices: z.array(DeviceId).max(16),
  /** Where new projects are made; null = below the data folder. */
  projectsDir: z.string().min(1).nullable(),
  /** Where the benchmarks' datasets lie, a folder a dataset; null = none chosen yet. */
  benchmarkDataDir: z.string().min(1).nullable(),
  /** Saved by name, in the order to show. */
  planPresets: z.array(PlanPreset).max(mostPlanPresets),
})
export type Preferences = z.infer<typeof Preferences>

export const CrashReportCard = z.object({
  name: z.string(), // the file's
  at: z.number(),
  what: z.enum(['program', 'window', 'engine']),
  /** "signal SIGKILL", "TypeError". */
  summary: z.string(),
  bytes: z.number(),
})
export type CrashReportCard = z.infer<typeof CrashReportCard>

export const Licence = z.object({
  name: z.string(),
  version: z.string(),
  licence: z.string(), // SPDX: "MIT"
  homepage: z.string().nullable(),
  /** Empty where the package brings none. */
  text: z.string(),
})
export type Licence = z.infer<typeof Licence>

export const About = z.object({
  version: z.string(),
  /** name → version: spin-studio, node, electron, chromium, onnxruntime-node, duckdb, sqlite, … */
  versions: z.record(z.string(), z.string()),
  licence: z.string(), // "Apache-2.0"
  licenceText: z.string(),
  /** What the program contains of others; null = the list was not made for this build. */
  thirdParty: z.array(Licence).nullable(),
})
export type About = z.infer<typeof About>

const Nothing = z.object({})

export const preferencesContract = {
  calls: {
    /** What is given is changed, the rest stays. BAD_INPUT when the projects' folder cannot be written. */
    setPreferences: { input: Preferences.partial(), output: Preferences },
    /** A gzipped JSON file about program, machine and last run; without names, texts and paths of the person's. */
    diagnostics: {
      input: Nothing,
      output: z.object({ name: z.string(), bytes: z.instanceof(Uint8Array) }),
    },
    crashReports: {
      input: Nothing,
      output: z.object({ dir: z.string(), reports: z.array(CrashReportCard) }), // newest first
    },
    deleteCrashReports: { input: Nothing, output: z.object({ deleted: z.number().int() }) },
    about: { input: Nothing, output: About },
  },
  streams: {
    /** Now, and again whenever they changed. */
    preferences: { input: Nothing, event: Preferences },
  },
} as const
