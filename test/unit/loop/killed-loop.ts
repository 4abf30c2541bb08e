import { join } from 'node:path'
import { LoopSetup } from '../../../src/contract/project.ts'
import { runLoop } from '../../../src/main/loop/run-loop.ts'
import { openStore } from '../../../src/main/store/store.ts'
import { createScriptedEngine } from './scripted-engine.ts'

/** A process of its own that kills itself with -9 at the k-th point of the loop: `killed-loop.ts HOME SETUP SCORES K`. */
const [home = '', setup = '', scores = '', k = ''] = process.argv.slice(2)
let n = 0
await runLoop({
  store: openStore({ path: join(home, 'app.sqlite') }),
  engine: createScriptedEngine({
    scores: JSON.parse(scores) as number[],
    point: () => {
      if (n++ === Number(k)) process.kill(process.pid, 'SIGKILL')
    },
  }),
  projectDir: join(home, 'project'),
  setup: LoopSetup.parse(JSON.parse(setup)),
})
