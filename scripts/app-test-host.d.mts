export type AppTestHost =
  /** `xvfb`: the program that the tests are to be started under; null = there is a display. */
  | { kind: 'electron'; executable: string; args: string[]; xvfb: string | null }
  | { kind: 'chromium'; why: string }
export function findAppTestHost(): AppTestHost
export function appTestCommand(node: string, args: readonly string[]): string[]
