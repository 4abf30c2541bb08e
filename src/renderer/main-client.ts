import type { AppContract } from '../contract/app.ts'
import type { Client } from '../ipc/client.ts'

/** Main, whatever wire it is reached by. */
export type MainClient = Client<AppContract>
