/** Runs the pinned Node with these arguments and resolves with its exit code; ends with this process. */
export function runPinned(args: string[], env?: Record<string, string>): Promise<number>
