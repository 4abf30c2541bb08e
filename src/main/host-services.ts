/** What main asks of whatever it runs in. The desktop shell implements all of it; a browser host has none of the optional ones. */
export interface HostServices {
  readonly kind: 'desktop' | 'browser'
  /** Beside those of this program: electron, chromium. */
  readonly versions: Readonly<Record<string, string>>
  chooseFolder?(options: DialogOptions): Promise<string | null>
  chooseFiles?(options: DialogOptions & { extensions: readonly string[] }): Promise<string[]>
  /** Asks where, and writes; null = closed without a choice. */
  saveFile?(name: string, bytes: Uint8Array): Promise<string | null>
  /** Shows a folder in the system's file manager, or a file in its folder. */
  showFolder?(path: string): Promise<void>
  showFile?(path: string): void
  showMenu?(): void
  /** Shows nothing while the window is in front. Absent = the page tells of ends of runs itself. */
  notify?(notice: Notice): void
  /** On the taskbar or dock; null = none. */
  progress?(progress: HostProgress | null): void
  /** Keeps the system (not the screen) from sleeping. */
  keepAwake?(on: boolean): void
}

export interface DialogOptions {
  title: string
  startIn: string | null
}

export interface Notice {
  title: string
  body: string
  /** What a click opens beside the window; null = the window alone. */
  open: { projectId: string; runId: number } | null
}

export interface HostProgress {
  /** 0–1; null = at work, of unknown length. */
  fraction: number | null
  state: 'running' | 'paused' | 'failed'
}

/** A page in a browser: it downloads, notifies and lists folders itself. */
export const browserHost: HostServices = { kind: 'browser', versions: {} }
