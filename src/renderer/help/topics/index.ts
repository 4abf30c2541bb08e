import type { Topic } from '../topic.ts'
import { benchmarks } from './benchmarks.ts'
import { chat } from './chat.ts'
import { dataset } from './dataset.ts'
import { errors } from './errors.ts'
import { exportTopic } from './export.ts'
import { glossary } from './glossary.ts'
import { judge } from './judge.ts'
import { model } from './model.ts'
import { plan } from './plan.ts'
import { privacy } from './privacy.ts'
import { results } from './results.ts'
import { run } from './run.ts'
import { samples } from './samples.ts'
import { selfPlay } from './self-play.ts'
import { settings } from './settings.ts'
import { shortcuts } from './shortcuts.ts'

/** In the order to read them in. */
export const topics: readonly Topic[] = [
  selfPlay,
  model,
  dataset,
  plan,
  run,
  results,
  benchmarks,
  judge,
  samples,
  chat,
  exportTopic,
  errors,
  shortcuts,
  settings,
  privacy,
  glossary,
]
