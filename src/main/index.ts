import { composeApp } from './compose-app.ts'
import { programFiles } from './program-files.ts'
import { runShell } from './shell/run-shell.ts'

/** Electron's entry: the composition root, in a window. Not awaited: Electron is ready once this module has been read. */
void runShell({ ...programFiles, compose: composeApp })
