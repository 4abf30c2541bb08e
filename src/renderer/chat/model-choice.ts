import type { KnownModel, ProjectView } from '../../contract/app.ts'
import { chatStrings as words } from '../strings/chat.ts'
import { scoreStrings } from '../strings/scores.ts'

/** A project's models as they are called within it: "Iteration 2", "Base, Qwen2.5-0.5B-Instruct". */
export function modelName({ kind, iteration, label }: KnownModel): string {
  if (kind === 'iteration' && iteration !== null) return words.iteration(iteration)
  return kind === 'sft' ? words.sft : words.base(label)
}

/** The name, what it scored, and whether it can be asked. */
export function modelOption(model: KnownModel, { run }: ProjectView) {
  const { dir, score, best, exists } = model
  const facts = [
    score === null || !run ? null : scoreStrings.score(score, run.score),
    best ? words.best : null,
    exists ? null : words.missing,
  ].filter((fact) => fact !== null)
  return { value: dir, label: [modelName(model), ...facts].join(' · '), disabled: !exists }
}

/** What a page opens with: the best model or the newest on the left, the base beside it. */
export function defaultModels(models: readonly KnownModel[]): [KnownModel | null, KnownModel | null] {
  const there = models.filter(({ exists }) => exists)
  const base = there.find(({ kind }) => kind === 'base') ?? null
  const made = there.filter(({ kind }) => kind === 'iteration')
  const left = made.find(({ best }) => best) ?? made[0] ?? there[0] ?? null
  const right = base && base !== left ? base : (there.find((model) => model !== left) ?? left)
  return [left, right]
}
