import { addressOf } from '../navigation.tsx'
import { anchorOf } from './anchor.ts'
import { inlineParts } from './inline-text.ts'
import { LoopFigure } from './loop-figure.tsx'
import type { Block, Topic } from './topic.ts'

export function TopicArticle({ topic }: { topic: Topic }) {
  return (
    <>
      <h2 className="help-title">{topic.title}</h2>
      <p className="secondary">{topic.summary}</p>
      {topic.sections.map(({ title, blocks }) => (
        <section key={title} aria-labelledby={anchorOf(title)}>
          <h3 id={anchorOf(title)}>{title}</h3>
          {blocks.map((block, i) => (
            <BlockView key={i} block={block} />
          ))}
        </section>
      ))}
    </>
  )
}

function BlockView({ block }: { block: Block }) {
  if (typeof block === 'string')
    return (
      <p>
        <Words text={block} />
      </p>
    )
  if ('figure' in block) return <LoopFigure />
  if ('sample' in block) return <pre className="help-sample">{block.sample}</pre>
  if ('list' in block)
    return (
      <ul>
        {block.list.map((item) => (
          <li key={item}>
            <Words text={item} />
          </li>
        ))}
      </ul>
    )
  const { head, rows } = block.table
  return (
    <table className="list help-table">
      <thead>
        <tr>
          {head.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.join(' ')}>
            {row.map((cell, i) => (
              <td key={head[i]}>
                <Words text={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Words({ text }: { text: string }) {
  return inlineParts(text).map((part, i) => {
    if (part.kind === 'strong') return <strong key={i}>{part.text}</strong>
    if (part.kind === 'code') return <code key={i}>{part.text}</code>
    if (part.kind === 'link')
      return (
        <a key={i} href={addressOf({ name: 'help', topic: part.topic })}>
          {part.text}
        </a>
      )
    return part.text
  })
}
