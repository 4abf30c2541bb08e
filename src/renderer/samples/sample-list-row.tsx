import { memo } from 'react'
import type { SampleLine } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { signed } from '../components/numbers.ts'
import { ListRow, type ListRowPlace } from '../components/row-list.tsx'
import { samplesStrings as words } from '../strings/samples.ts'

const shownIdCharacters = 12

export const sampleId = (position: number): string => `sample-${position}`

export const SampleListRow = memo(function SampleListRow({
  line,
  margin,
  largest,
  flagged,
  ...place
}: ListRowPlace & {
  /** Absent while it is on its way. */
  line: SampleLine | undefined
  margin: number
  /** The largest margin of the list, in either direction. */
  largest: number
  flagged: ReadonlySet<string>
}) {
  const isKnown = !Number.isNaN(margin)
  const isFlagged = line !== undefined && flagged.has(line.id)
  return (
    <ListRow id={sampleId(place.position)} {...place}>
      <span className="sample-row-head">
        <span className="sample-id">
          {line ? shortId(line.id) : <span className="sample-skeleton" style={{ width: 84 }} />}
          {isFlagged && (
            <span role="img" aria-label={words.flaggedMark}>
              <Icon name="flag" size={12} />
            </span>
          )}
        </span>
        {isKnown && (
          <span className="margin-bar" aria-hidden="true">
            <span
              className={margin < 0 ? 'generated' : 'human'}
              style={{ width: `${(100 * Math.abs(margin)) / Math.max(largest, 1e-9)}%` }}
            />
          </span>
        )}
        <span
          className="sample-margin number"
          aria-label={isKnown ? words.marginName(signed(margin, 2)) : words.marginUnknown}
          role="img"
        >
          {isKnown ? signed(margin, 2) : '–'}
        </span>
      </span>
      <span className="sample-line">
        {line ? line.line : <span className="sample-skeleton" style={{ width: '90%' }} />}
      </span>
    </ListRow>
  )
})

/** Ids are hashes: their start tells them apart. */
export const shortId = (id: string): string => (id.length > 16 ? id.slice(0, shownIdCharacters) : id)
