import { z } from 'zod'

/** What the program's host can do for the page: a desktop window has native dialogs and a menu, a browser has not. */

/** Commands without anything more to say; the page's own shortcuts do the same. */
export const plainCommands = [
  'new-project',
  'open-project',
  'command-palette',
  'go-home',
  'go-models',
  'go-runs',
  'go-compare',
  'go-step-1',
  'go-step-2',
  'go-step-3',
  'go-step-4',
  'go-step-5',
  'go-benchmarks',
  'go-judge',
  'go-samples',
  'go-chat',
  'toggle-sidebar',
  'next-pane',
  'previous-pane',
  'primary-action',
  'settings',
  'help',
  'shortcuts',
  'diagnostics',
  'about',
] as const
export type PlainCommand = (typeof plainCommands)[number]

/** A menu item, a notification or a second start of the program asks the page for this. */
export const Command = z.discriminatedUnion('command', [
  z.object({ command: z.enum(plainCommands) }),
  z.object({ command: z.literal('show-run'), projectId: z.string(), runId: z.number().int() }),
  z.object({ command: z.literal('show-project'), projectId: z.string() }),
])
export type Command = z.infer<typeof Command>

export const HostCard = z.object({
  kind: z.enum(['desktop', 'browser']),
  platform: z.string(), // process.platform of the machine that computes
  /** Native dialogs for folders and files; without them the page shows `listFolder`. */
  dialogs: z.boolean(),
  /** Whether `openPath` shows folders in the system's file manager. */
  opensFolders: z.boolean(),
  /** Whether main shows the end of runs itself; false = the page does. */
  notifies: z.boolean(),
  keepsAwake: z.boolean(),
  /** Whether `showMenu` has a menu to show. */
  menu: z.boolean(),
  dataDir: z.string(),
  projectsDir: z.string(),
  homeDir: z.string(),
  /** electron, chromium, node, spin-studio. */
  versions: z.record(z.string(), z.string()),
})
export type HostCard = z.infer<typeof HostCard>

export const FolderEntry = z.object({
  name: z.string(),
  path: z.string(),
  /** `model`: a folder with config.json and safetensors (or a PEFT adapter). */
  kind: z.enum(['folder', 'model', 'file']),
  bytes: z.number().nullable(), // of files
  modifiedAt: z.number().nullable(),
})
export type FolderEntry = z.infer<typeof FolderEntry>

export const FolderListing = z.object({
  path: z.string(),
  /** null = the top. */
  parent: z.string().nullable(),
  /** Where to go from anywhere: home, projects, the roots of the disks. */
  places: z.array(z.object({ label: z.string(), path: z.string() })),
  /** The folder itself is a model's. */
  isModel: z.boolean(),
  /** Folders first, each by name. */
  entries: z.array(FolderEntry),
  /** Entries that were left out because there are more than the page shows. */
  leftOut: z.number().int(),
})
export type FolderListing = z.infer<typeof FolderListing>

const Nothing = z.object({})
const Path = z.string().min(1).max(4096)

export const hostContract = {
  calls: {
    host: { input: Nothing, output: HostCard },
    /** The native dialog; null = closed without a choice. BAD_INPUT where the host has none. */
    chooseFolder: {
      input: z.object({ title: z.string().max(120), startIn: Path.nullable().default(null) }),
      output: z.object({ path: z.string().nullable() }),
    },
    chooseFiles: {
      input: z.object({
        title: z.string().max(120),
        startIn: Path.nullable().default(null),
        /** Without dots: ["parquet", "jsonl"]; none = all files. */
        extensions: z
          .array(z.string().regex(/^[a-z0-9.]+$/i))
          .max(20)
          .default([]),
      }),
      output: z.object({ paths: z.array(z.string()) }),
    },
    /** Asks where and writes; null = closed without a choice. In a browser the page downloads instead. */
    saveFile: {
      input: z.object({ name: z.string().min(1).max(200), bytes: z.instanceof(Uint8Array) }),
      output: z.object({ path: z.string().nullable() }),
    },
    /** Shows a folder of the record, or the folder of one of its files, in the system's file manager. BAD_INPUT for others. */
    openPath: { input: z.object({ path: Path }), output: Nothing },
    /** null = the home folder. FILE_NOT_FOUND, FILE_UNREADABLE say what to do. */
    listFolder: {
      input: z.object({ path: Path.nullable().default(null), hidden: z.boolean().default(false) }),
      output: FolderListing,
    },
    /** The application menu, at the pointer. Does nothing where the host has none. */
    showMenu: { input: Nothing, output: Nothing },
  },
  streams: {
    /** Each command once; what was asked for before the page was there comes first. */
    commands: { input: Nothing, event: Command },
  },
} as const
