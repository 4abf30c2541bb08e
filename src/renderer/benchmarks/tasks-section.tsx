import { Button, Checkbox, Tooltip } from '@mantine/core'
import type { BenchmarkTaskData } from '../../contract/benchmarks.ts'
import { Icon } from '../components/icon.tsx'
import { whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { DataFolder } from './data-folder.tsx'
import { OwnTasks } from './own-tasks.tsx'
import { metricWords } from './score-table.ts'
import type { Measure } from './use-measure.ts'
import { useWork } from './use-work.ts'

const words = benchmarksStrings.measure

/** Which tasks, and whether their data is there; what is missing says what to do. */
export function TasksSection({ measure }: { measure: Measure }) {
  const { data, dataProblem, lookAgain } = measure
  const fetching = useWork('fetchBenchmarkData', lookAgain)
  const missing = data?.filter(({ state, own }) => state === 'missing' && !own) ?? []
  const fetch = (tasks: string[]): void => fetching.start({ tasks })
  return (
    <Section
      title={words.tasks}
      hint={words.tasksHint}
      actions={
        <span className="row">
          {fetching.running ? (
            <Button variant="default" onClick={fetching.stop}>
              {words.stopFetch}
            </Button>
          ) : (
            missing.length > 0 && (
              <Tooltip label={words.fetchHelp} multiline w={260}>
                <Button variant="default" onClick={() => fetch(missing.map(({ task }) => task))}>
                  {words.fetch(missing.length)}
                </Button>
              </Tooltip>
            )
          )}
          <OwnTasks measure={measure} />
        </span>
      }
    >
      <DataFolder measure={measure} />
      {dataProblem && <Strip kind="error">{dataProblem}</Strip>}
      {fetching.problem && <Strip kind="error">{fetching.problem}</Strip>}
      {fetching.running && (
        <p className="hint number" role="status">
          {fetching.progress ?? benchmarksStrings.loading}
        </p>
      )}
      {data === null ? (
        !dataProblem && <p className="hint">{benchmarksStrings.loading}</p>
      ) : (
        <TaskTable
          measure={measure}
          data={data}
          onFetch={fetching.running ? null : (task) => fetch([task])}
        />
      )}
    </Section>
  )
}

function TaskTable({
  measure,
  data,
  onFetch,
}: {
  measure: Measure
  data: readonly BenchmarkTaskData[]
  onFetch: ((task: string) => void) | null
}) {
  const { columns } = words
  return (
    <div className="bench-table-frame">
      <table className="list bench-tasks">
        <caption className="visually-hidden">{words.tasks}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.task}</th>
            <th scope="col">{columns.how}</th>
            <th scope="col" className="end">
              {columns.questions}
            </th>
            <th scope="col">{columns.data}</th>
          </tr>
        </thead>
        <tbody>
          {data.map((task) => (
            <TaskRow key={task.task} task={task} measure={measure} onFetch={onFetch} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function TaskRow({
  task: {
    task,
    title,
    own,
    kind,
    shots,
    metric,
    state,
    questions,
    expectedQuestions,
    dataset,
    folder,
    files,
    problem,
  },
  measure: { tasks, choice, set },
  onFetch,
}: {
  task: BenchmarkTaskData
  measure: Measure
  onFetch: ((task: string) => void) | null
}) {
  const toggle = (isOn: boolean): void =>
    set({ tasks: isOn ? [...tasks, task] : tasks.filter((chosen) => chosen !== task) })
  const count = questions === null ? null : whole(questions)
  const expected = expectedQuestions === null ? null : whole(expectedQuestions)
  return (
    <tr>
      <td>
        <Checkbox
          size="xs"
          label={title}
          description={own ? words.own : undefined}
          checked={tasks.includes(task)}
          disabled={state === 'missing'}
          onChange={({ currentTarget }) => toggle(currentTarget.checked)}
        />
      </td>
      <td className="secondary" title={words.kinds[kind]}>
        {words.how(String(shots[choice.profile] ?? 0), metricWords(task, metric)[0])}
      </td>
      <td
        className="end number"
        title={count !== null && expected !== null ? words.questionsTip(count, expected) : undefined}
      >
        {count ?? expected ?? benchmarksStrings.table.none}
      </td>
      <td>
        <span className={`bench-data ${state}`} title={words.look(dataset, folder)}>
          <Icon name={state === 'ready' ? 'check' : state === 'wrong' ? 'warning' : 'folder'} size={12} />
          {words.states[state]}
          {state === 'missing' && !own && (
            <button
              type="button"
              className="link bench-more"
              disabled={onFetch === null}
              title={words.fetchHelp}
              aria-label={words.fetchOneName(title)}
              onClick={() => onFetch?.(task)}
            >
              {words.fetchOne}
            </button>
          )}
        </span>
        {problem && state === 'missing' && (
          <details className="hint bench-problem">
            <summary>{words.byHand}</summary>
            {problem}
          </details>
        )}
        {problem && state !== 'missing' && <p className="hint bench-problem">{problem}</p>}
        {state === 'ready' && files.length > 0 && (
          <span className="visually-hidden">{words.files(files.join(', '))}</span>
        )}
      </td>
    </tr>
  )
}
