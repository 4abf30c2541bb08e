import type { BenchmarkSettings } from '../../contract/benchmarks.ts'
import type { LogEvent, Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { progressWords } from '../../strings/progress.ts'
import { loadTask } from '../evaluation/benchmarks/load-task.ts'
import { type ModelFolder, openModelFolder } from '../model/model-folder.ts'
import { loadChatTemplate } from '../text/chat-template.ts'
import { loadTokenizer, type TextTokenizer } from '../text/tokenizer.ts'
import type { LoadedTask } from './run-benchmark.ts'
import { StageProgress } from './stage-progress.ts'

export interface MeasuredModel {
  folder: ModelFolder
  tokenizer: TextTokenizer
}

/** A model for benchmarks: its template is not looked at, most prompts have none. */
export async function openMeasuredModel(dir: string): Promise<MeasuredModel> {
  const folder = await openModelFolder(dir)
  return { folder, tokenizer: await loadTokenizer(folder.textDir) }
}

/** Reads the tasks that settings name. Throws what loadTask throws, TEMPLATE_BROKEN and CANCELLED. */
export async function* loadTasks(
  dataDir: string,
  settings: BenchmarkSettings,
  { folder, tokenizer }: MeasuredModel,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent, LoadedTask[]> {
  const names = [...new Set(settings.tasks)]
  const template = settings.chatTemplate ? await loadChatTemplate(folder.textDir, tokenizer) : null
  const warnings: string[] = []
  const progress = new StageProgress(progressWords.readingTasks, names.length, progressWords.units.tasks)
  const tasks: LoadedTask[] = []
  for (const name of names) {
    yield progress.at(tasks.length)
    if (signal.aborted)
      throw new AppError('CANCELLED', 'The benchmark was stopped while its tasks were read.')
    const parts = await loadTask(name, {
      dataDir,
      profile: settings.profile,
      chat: template && ((messages) => template.render(messages, { addGenerationPrompt: true })),
      limit: settings.limit,
      taskFiles: settings.taskFiles,
      warn: (message) => warnings.push(message),
    })
    for (const message of warnings.splice(0)) yield { kind: 'log', level: 'warning', message }
    tasks.push({ name, parts })
  }
  return tasks
}
