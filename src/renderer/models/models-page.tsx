import { TextInput } from '@mantine/core'
import { useState } from 'react'
import type { HomeView, KnownModel } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { whole } from '../components/numbers.ts'
import { PageFrame } from '../components/page-frame.tsx'
import { EmptyState, Section, Strip } from '../components/sections.tsx'
import { modelsStrings as words } from '../strings/models.ts'
import { useAction, useCall } from '../use-main.ts'
import { ModelsTable } from './models-table.tsx'
import './models.css'

const mostCounted = 500

/** Every model that the program knows, wherever it lies. */
export function ModelsPage({ home }: { home: HomeView | null }) {
  const [search, setSearch] = useState('')
  const action = useAction()
  // A model is added when a run ends an iteration or a project chooses its base: then the lists of Home change too.
  const { value, problem } = useCall('models', { projectId: null }, stateOf(home))
  const models = value?.models ?? []
  // After the rest is shown: a folder on a network disk answers late.
  const { value: disk } = useCall('modelDisk', { dirs: models.map(({ dir }) => dir).slice(0, mostCounted) })
  const sizes = new Map(disk?.sizes.map(({ dir, bytes }) => [dir, bytes]))
  const found = models.filter((model) => matches(model, search))
  return (
    <PageFrame
      title={words.title}
      subtitle={value && words.subtitle(whole(models.length), whole(models.filter((m) => m.exists).length))}
      actions={
        <TextInput
          size="xs"
          className="models-search"
          type="search"
          aria-label={words.search}
          placeholder={words.searchHelp}
          leftSection={<Icon name="search" />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          data-search
        />
      }
    >
      {(problem ?? action.problem) && (
        <Section name={words.list}>
          <Strip kind="error">{problem ?? action.problem}</Strip>
        </Section>
      )}
      {action.busy && (
        <Section name={words.working}>
          <Strip kind="info">{words.working}</Strip>
        </Section>
      )}
      {value && models.length === 0 && <EmptyState title={words.empty.title}>{words.empty.words}</EmptyState>}
      {models.length > 0 && (
        <Section name={words.list}>
          {found.length === 0 ? (
            <p className="hint">{words.none(search)}</p>
          ) : (
            <ModelsTable models={found} sizes={sizes} home={home} act={action.run} />
          )}
        </Section>
      )}
    </PageFrame>
  )
}

const stateOf = (home: HomeView | null): string =>
  JSON.stringify([
    home?.projects.map(({ id, name, model }) => [id, name, model]),
    home?.runs.map(({ id, scores, best, state }) => [id, scores.length, best, state]),
  ])

function matches({ label, dir, architecture }: KnownModel, search: string): boolean {
  const text = `${label} ${dir} ${architecture ?? ''}`.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
