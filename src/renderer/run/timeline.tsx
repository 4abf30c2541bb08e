import { useEffect, useRef } from 'react'
import type { RunView } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { runStrings as words } from '../strings/run.ts'
import { timelineBlocks, type TimelineBlock, type TimelineStage } from './timeline-blocks.ts'

/** Iteration × stage: width by time, the score when it is known. */
export function Timeline({ view }: { view: RunView }) {
  const blocks = timelineBlocks(view)
  const active = blocks.find(({ look }) => look !== 'done' && look !== 'pending')?.iteration
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => {
    const item = list.current?.querySelector('[data-active]')
    item?.scrollIntoView({ inline: 'center', block: 'nearest' })
  }, [active])
  return (
    <ol ref={list} className="run-timeline" aria-label={words.timeline} tabIndex={0}>
      {blocks.map((block) => (
        <Block key={block.iteration} block={block} />
      ))}
    </ol>
  )
}

function Block({ block: { look, title, score, tag, stages } }: { block: TimelineBlock }) {
  const weight = stages.reduce((sum, stage) => sum + stage.weight, 0)
  return (
    <li
      className={`run-block ${look}`}
      style={{ flexGrow: weight }}
      {...(look === 'done' || look === 'pending' ? {} : { 'data-active': true })}
    >
      <div className="run-block-head">
        {look === 'done' && <Icon name="check" size={12} />}
        <strong>{title}</strong>
        {score && <span className="number">{score}</span>}
        {tag && <span className="tag">{tag}</span>}
      </div>
      <ol className="run-stages">
        {stages.map((stage) => (
          <Stage key={stage.name} stage={stage} />
        ))}
      </ol>
    </li>
  )
}

function Stage({ stage: { label, look, share, time, weight } }: { stage: TimelineStage }) {
  return (
    <li style={{ flexGrow: weight }} title={`${label} ${time}`}>
      <div className={`run-stage ${look}`}>
        <span className="run-stage-name">{label}</span>
        {share !== null && <span className="number run-stage-share">{words.percent(share)}</span>}
        {share !== null && <span className="run-stage-bar" style={{ width: `${100 * share}%` }} />}
      </div>
      <div className={`number run-stage-time ${look}`}>{time || ' '}</div>
    </li>
  )
}
