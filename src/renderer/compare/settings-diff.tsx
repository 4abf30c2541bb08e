import { Switch } from '@mantine/core'
import { Fragment, useState } from 'react'
import type { ComparedRun } from '../../contract/app.ts'
import { compareStrings } from '../strings/compare.ts'
import { settingRows, type SettingGroup } from './setting-rows.ts'
import { columnName } from './twins.ts'

const words = compareStrings.settings

/** Settings that differ, then results; all of them on request. */
export function SettingsDiff({ runs }: { runs: readonly ComparedRun[] }) {
  const [onlyDifferences, setOnlyDifferences] = useState(true)
  const rows = settingRows(runs)
  const differing = rows.filter(({ differs }) => differs)
  const shown = onlyDifferences ? differing : rows
  const groups = [...new Set(shown.map(({ group }) => group))] as SettingGroup[]
  return (
    <section className="section" aria-label={words.title}>
      <div className="spread section-head">
        <h2>
          {words.title} <span className="hint">{words.differ(differing.length, rows.length)}</span>
        </h2>
        <Switch
          size="xs"
          label={words.only}
          checked={onlyDifferences}
          onChange={(event) => setOnlyDifferences(event.currentTarget.checked)}
        />
      </div>
      {shown.length === 0 ? (
        <p className="hint">{words.none}</p>
      ) : (
        <table className="list number compare-settings">
          <caption className="visually-hidden">{words.caption}</caption>
          <thead>
            <tr>
              <th />
              {runs.map(({ run }, i) => (
                <th key={`${run.id}-${i}`} className="end">
                  {columnName(runs, i)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <Fragment key={group}>
                <tr className="compare-group">
                  <th colSpan={runs.length + 1} scope="rowgroup">
                    {words.groups[group]}
                  </th>
                </tr>
                {shown
                  .filter((row) => row.group === group)
                  .map(({ name, values, differs }) => (
                    <tr key={name}>
                      <td className="secondary">{name}</td>
                      {values.map((value, i) => (
                        <td key={`${runs[i]!.run.id}-${i}`} className="end">
                          {differs && !onlyDifferences ? <strong>{value}</strong> : value}
                        </td>
                      ))}
                    </tr>
                  ))}
              </Fragment>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
