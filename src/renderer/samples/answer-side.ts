import type { TokenScores } from '../../contract/app.ts'

export type SideKind = 'human' | 'opponent' | 'newModel'

export interface AnswerSide {
  kind: SideKind
  source: string
  /** null = there is no such answer; `missing` says what brings it. */
  text: string | null
  missing: string
  /** Ended by the limit on its length. */
  isCut: boolean
  /** null = not scored, or not yet. */
  scores: TokenScores | null
  /** What the evaluation knows of it already. */
  known: { reward: number; tokens: number } | null
}
