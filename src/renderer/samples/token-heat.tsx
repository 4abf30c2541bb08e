import { memo, useId, useMemo, useState, type CSSProperties } from 'react'
import type { TokenScores } from '../../contract/app.ts'
import { signed } from '../components/numbers.ts'
import { samplesStrings as words } from '../strings/samples.ts'
import { TokenTip, type Tipped } from './token-tip.tsx'
import { type Heat, heatOf, type TokenPiece, tokenPieces } from './token-pieces.ts'

export const heatStyle = (heat: Heat | null): CSSProperties =>
  heat ? ({ '--heat': `${heat.percent.toFixed(1)}%` } as CSSProperties) : {}

/**
 * An answer with each token coloured by what the new model thinks of it against the opponent. One stop for the Tab key, in
 * which ← and → go from token to token; the token under the pointer or in focus tells its numbers.
 */
export function TokenHeat({ scores, name }: { scores: TokenScores; name: string }) {
  const pieces = useMemo(() => tokenPieces(scores), [scores])
  const [stop, setStop] = useState(0)
  const [tipped, tip] = useState<Tipped | null>(null)
  const tipId = useId()
  const tokenAt = (target: EventTarget): HTMLElement | null =>
    target instanceof Element ? target.closest<HTMLElement>('[data-token]') : null
  const show = (token: HTMLElement | null): void => {
    const piece = token && pieces[Number(token.dataset['token'])]
    tip(piece ? { piece, box: token.getClientRects()[0] ?? token.getBoundingClientRect() } : null)
  }
  const press = (event: React.KeyboardEvent<HTMLElement>): void => {
    const to = { ArrowRight: stop + 1, ArrowLeft: stop - 1, Home: 0, End: pieces.length - 1 }[event.key]
    if (event.key === 'Escape') tip(null)
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const next = Math.min(pieces.length - 1, Math.max(0, to))
    setStop(next)
    event.currentTarget.querySelector<HTMLElement>(`[data-token="${next}"]`)?.focus()
  }
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- one handler for a thousand tokens */}
      <div
        className="answer-text"
        role="group"
        aria-label={name}
        onMouseOver={(event) => show(tokenAt(event.target))}
        onMouseLeave={() => tip(null)}
        onFocus={(event) => {
          const token = tokenAt(event.target)
          if (token) setStop(Number(token.dataset['token']))
          show(token)
        }}
        onBlur={() => tip(null)}
        onKeyDown={press}
      >
        <Tokens pieces={pieces} stop={Math.min(stop, pieces.length - 1)} tipId={tipId} />
      </div>
      <TokenTip id={tipId} tipped={tipped} />
    </>
  )
}

const Tokens = memo(function Tokens({
  pieces,
  stop,
  tipId,
}: {
  pieces: readonly TokenPiece[]
  stop: number
  tipId: string
}) {
  return pieces.map((piece, i) => <Token key={i} piece={piece} at={i} isStop={i === stop} tipId={tipId} />)
})

/** Blanks before a word stay outside of its colour; a line's end is shown where it has one. */
const Token = memo(function Token({
  piece,
  at,
  isStop,
  tipId,
}: {
  piece: TokenPiece
  at: number
  isStop: boolean
  tipId: string
}) {
  const heat = heatOf(piece.ratio)
  const word = piece.isEnd ? words.end : piece.text.trimStart()
  const blank = piece.isEnd ? ' ' : piece.text.slice(0, piece.text.length - word.length)
  const className = [
    'token',
    heat && `heat ${heat.side}`,
    heat?.underlined && 'underlined',
    piece.isEnd && 'end',
  ]
  const shown = word === '' ? (blank.replaceAll(/[^\n]/g, '') === '' ? blank : heat ? '↵' : '') : word
  return (
    <>
      {word !== '' && blank}
      <span
        data-token={at}
        role="button"
        tabIndex={isStop ? 0 : -1}
        className={className.filter(Boolean).join(' ')}
        style={heatStyle(heat)}
        aria-label={isStop || word === '' ? nameOf(piece, word) : undefined}
        aria-describedby={isStop ? tipId : undefined}
      >
        {shown}
      </span>
      {word === '' && blank.includes('\n') && blank}
    </>
  )
})

function nameOf({ isEnd, ratio, text }: TokenPiece, word: string): string {
  const blank = text.includes('\n') ? words.lineBreak : words.blank
  return `${isEnd ? words.endName : word || blank}, ${words.tokenNats(signed(ratio, 2))}`
}
