import { Button } from '@mantine/core'
import type { KnownModel } from '../../contract/app.ts'
import { day, parameterCount } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { modelStrings as words } from '../strings/model.ts'
import { useCall } from '../use-main.ts'

const mostShown = 12

/** Models that the program knows: one click instead of a search for the folder. */
export function KnownBases({ onChoose }: { onChoose: (dir: string) => void }) {
  const { value } = useCall('models', { projectId: null })
  const models = value?.models.slice(0, mostShown) ?? []
  if (models.length === 0) return null
  return (
    <Section title={words.known} hint={words.knownHint}>
      <table className="list two-line">
        <thead>
          <tr>
            <th>{words.columns.model}</th>
            <th>{words.columns.made}</th>
            <th className="end">{words.columns.parameters}</th>
            <th>
              <span className="visually-hidden">{words.columns.action}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <tr key={model.dir}>
              <td>
                <span className="key">{model.label}</span>
                <div className="hint model-known-dir" title={model.dir}>
                  {model.dir}
                </div>
              </td>
              <td>
                {kindOf(model)}
                {model.createdAt > 0 && <div className="hint">{day(model.createdAt)}</div>}
              </td>
              <td className="end number">
                {model.parameters === null ? '' : parameterCount(model.parameters)}
              </td>
              <td className="end">
                {model.exists ? (
                  <Button
                    variant="default"
                    aria-label={`${words.use} ${model.label}`}
                    onClick={() => onChoose(model.dir)}
                  >
                    {words.use}
                  </Button>
                ) : (
                  <span className="hint">{words.missing}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}

const kindOf = ({ kind, projectId }: KnownModel): string =>
  kind === 'base' && projectId === null ? words.kinds.shipped : words.kinds[kind]
