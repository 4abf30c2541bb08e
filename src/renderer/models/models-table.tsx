import type { HomeView, KnownModel } from '../../contract/app.ts'
import { day, fileSize, fixed, parameterCount } from '../components/numbers.ts'
import { addressOf } from '../navigation.tsx'
import { modelsStrings as words } from '../strings/models.ts'
import { ModelMenu } from './model-menu.tsx'

export function ModelsTable({
  models,
  sizes,
  home,
  act,
}: {
  models: readonly KnownModel[]
  /** By folder; null = not there, absent = not counted yet. */
  sizes: ReadonlyMap<string, number | null>
  home: HomeView | null
  act: (work: () => Promise<unknown>) => void
}) {
  const { columns } = words
  return (
    <table className="list two-line models-table">
      <thead>
        <tr>
          <th>{columns.model}</th>
          <th>{columns.kind}</th>
          <th>{columns.run}</th>
          <th className="end" title={words.scoreHelp}>
            {columns.score}
          </th>
          <th className="end">{columns.parameters}</th>
          <th className="end">{columns.size}</th>
          <th className="end">{columns.made}</th>
          <th>
            <span className="visually-hidden">{columns.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {models.map((model) => (
          <ModelRow
            key={`${model.dir} ${model.kind}`}
            model={model}
            bytes={sizes.get(model.dir)}
            home={home}
            act={act}
          />
        ))}
      </tbody>
    </table>
  )
}

function ModelRow({
  model,
  bytes,
  home,
  act,
}: {
  model: KnownModel
  /** undefined = not counted yet; null = the folder is not there. */
  bytes: number | null | undefined
  home: HomeView | null
  act: (work: () => Promise<unknown>) => void
}) {
  const { label, dir, kind, projectId, runId, parameters, exists, best, createdAt } = model
  const run = home?.runs.find(({ id }) => id === runId)
  return (
    <tr>
      <td>
        <span className="key">{label}</span> {best && <span className="tag">{words.best}</span>}
        <div className="hint models-dir" title={dir}>
          {dir}
        </div>
      </td>
      <td>{kind === 'base' && projectId === null ? words.kinds.shipped : words.kinds[kind]}</td>
      <td>
        {runId !== null && projectId !== null && (
          <a className="link" href={addressOf({ name: 'project', projectId, step: 'run' })}>
            {words.run(runId)}
          </a>
        )}
      </td>
      <td className="end number">{scoreText(model.score, run?.score)}</td>
      <td className="end number">{parameters === null ? '–' : parameterCount(parameters)}</td>
      <td className="end number">
        {!exists ? (
          <span className="missing" title={words.missingHelp}>
            {words.missing}
          </span>
        ) : bytes == null ? (
          words.counting
        ) : (
          fileSize(bytes)
        )}
      </td>
      <td className="end number secondary">{createdAt > 0 ? day(createdAt) : '–'}</td>
      <td className="end">
        <ModelMenu model={model} projectDir={run?.projectDir ?? null} act={act} />
      </td>
    </tr>
  )
}

function scoreText(score: number | null, kind: 'sampled' | 'greedy' | 'nll' | undefined): string {
  if (score === null || kind === undefined) return '–'
  return kind === 'nll' ? words.nats(fixed(score, 3)) : words.points(fixed(score * 100, 1))
}
