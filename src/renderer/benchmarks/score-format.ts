import { fixed, signed } from '../components/numbers.ts'

/** Shares, 0–1, as points of 100: "35.6". */
export const points = (share: number): string => fixed(100 * share, 1)

/** A difference that is in points already: "+1.3", "−0.4". */
export const change = (inPoints: number): string => signed(inPoints, 1)

/** Without its sign: "1.3". */
export const size = (inPoints: number): string => fixed(Math.abs(inPoints), 1)
