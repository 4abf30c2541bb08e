import { helpStrings } from '../strings/help.ts'

const words = helpStrings.loop

/** Prompts and answers → training → new model → test, and back: the new model is the next opponent. */
export function LoopFigure() {
  return (
    <svg className="help-loop" viewBox="0 0 680 236" role="img" aria-label={words.name}>
      <defs>
        <marker
          id="loop-head"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0 0 8 4 0 8z" className="loop-head" />
        </marker>
      </defs>
      <Node x={8} y={84} width={104} words={words.prompts} kind="plain" />
      <Node x={180} y={16} width={152} words={words.human} kind="human" />
      <Node x={180} y={152} width={152} words={words.generated} kind="generated" />
      <Node x={392} y={84} width={96} words={words.training} kind="plain" />
      <Node x={548} y={84} width={120} words={words.newModel} kind="accent" />
      <Arrow d="M112 96C150 96 140 36 176 36" />
      <Arrow d="M112 112C150 112 140 172 176 172" />
      <text x={92} y={162} className="loop-small">
        {words.opponent}
      </text>
      <Arrow d="M332 36C370 36 356 96 388 96" />
      <Arrow d="M332 172C370 172 356 112 388 112" dashed />
      <Arrow d="M488 104H544" />
      <Arrow d="M608 124V216H256V196" />
      <text x={432} y={210} textAnchor="middle" className="loop-small">
        {words.next}
      </text>
      <text x={608} y={74} textAnchor="middle" className="loop-small">
        {words.test}
      </text>
    </svg>
  )
}

function Node({
  x,
  y,
  width,
  words: name,
  kind,
}: {
  x: number
  y: number
  width: number
  words: string
  kind: 'plain' | 'human' | 'generated' | 'accent'
}) {
  return (
    <g className={`loop-node ${kind}`}>
      <rect x={x} y={y} width={width} height={40} rx={6} />
      <text x={x + width / 2} y={y + 24.5} textAnchor="middle">
        {name}
      </text>
    </g>
  )
}

function Arrow({ d, dashed = false }: { d: string; dashed?: boolean }) {
  return <path d={d} className={dashed ? 'loop-arrow dashed' : 'loop-arrow'} markerEnd="url(#loop-head)" />
}
