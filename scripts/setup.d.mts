/** The project's folder. */
export const root: string
/** The pinned Node that runs the TypeScript sources. */
export const pinnedNode: string
/** Makes node_modules fit package-lock.json; quick when it already does. Ends the process with a message when it can't. */
export function ensureSetup(): Promise<void>
