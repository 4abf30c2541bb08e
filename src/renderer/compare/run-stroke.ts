/** How a run is drawn: the first in the accent, the others neutral and told apart by their dashes. */
export interface RunStroke {
  colour: string
  dash: string
  shape: 'circle' | 'square' | 'diamond' | 'triangle'
}

const strokes: readonly RunStroke[] = [
  { colour: 'var(--accent)', dash: '', shape: 'circle' },
  { colour: 'var(--text2)', dash: '5 3', shape: 'square' },
  { colour: 'var(--text)', dash: '1.5 3', shape: 'diamond' },
  { colour: 'var(--text3)', dash: '9 3 2 3', shape: 'triangle' },
]

export const strokeOf = (index: number): RunStroke => strokes[index % strokes.length]!
