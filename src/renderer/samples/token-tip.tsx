import { Portal } from '@mantine/core'
import { signed } from '../components/numbers.ts'
import { samplesStrings as words } from '../strings/samples.ts'
import { heatOf, share, type TokenPiece } from './token-pieces.ts'

export interface Tipped {
  piece: TokenPiece
  /** Of the token, in the window. */
  box: DOMRect
}

const widthPx = 240
const roomBelowPx = 80

/** One tooltip for all tokens of an answer: a thousand of their own would cost more than the answer. */
export function TokenTip({ id, tipped }: { id: string; tipped: Tipped | null }) {
  if (!tipped) return null
  const { piece, box } = tipped
  const heat = heatOf(piece.ratio)
  const reads =
    heat === null ? words.neither : heat.side === 'human' ? words.readsHuman : words.readsGenerated
  const isAbove = box.bottom + roomBelowPx > window.innerHeight
  return (
    <Portal>
      <div
        id={id}
        role="tooltip"
        className="token-tip number"
        style={{
          left: Math.max(8, Math.min(box.left - 8, window.innerWidth - widthPx - 8)),
          ...(isAbove ? { bottom: window.innerHeight - box.top + 8 } : { top: box.bottom + 8 }),
        }}
      >
        <div>
          <strong>{words.tokenNats(signed(piece.ratio, 2))}</strong>, {reads}
        </div>
        <div>{words.tokenShares(share(piece.opponent), share(piece.policy))}</div>
      </div>
    </Portal>
  )
}
