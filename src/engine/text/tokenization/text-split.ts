/** What to do with a delimiter, as `tokenizers` names it (tokenizer/pattern.rs, normalizer.rs). */
export type DelimiterBehavior =
  | 'Removed'
  | 'Isolated'
  | 'MergedWithPrevious'
  | 'MergedWithNext'
  | 'Contiguous'

/** Parts of a text in order. `first`: whether the first of them begins where the text does. */
export interface Parts {
  texts: string[]
  first: boolean
}

interface Span {
  start: number
  end: number
  isMatch: boolean
}

/** Splits a text at the matches of `pattern` (flag `g`); `invert` takes what lies between them for the delimiters. */
export function splitText(text: string, pattern: RegExp, behavior: DelimiterBehavior, invert = false): Parts {
  const spans = findSpans(text, pattern)
  if (invert) for (const span of spans) span.isMatch = !span.isMatch
  const kept = (
    behavior === 'Removed' ? spans.filter(({ isMatch }) => !isMatch) : joinSpans(spans, behavior)
  ).filter(({ start, end }) => start < end)
  return { texts: kept.map(({ start, end }) => text.slice(start, end)), first: (kept[0]?.start ?? 0) === 0 }
}

function findSpans(text: string, pattern: RegExp): Span[] {
  const spans: Span[] = []
  let at = 0
  let lastEnd = -1
  for (const match of text.matchAll(pattern)) {
    const start = match.index
    const end = start + match[0].length
    // Oniguruma's iterator skips an empty match right behind the match before it.
    if (start === end && start === lastEnd) continue
    if (at < start) spans.push({ start: at, end: start, isMatch: false })
    spans.push({ start, end, isMatch: true })
    at = end
    lastEnd = end
  }
  if (at < text.length) spans.push({ start: at, end: text.length, isMatch: false })
  return spans
}

function joinSpans(spans: Span[], behavior: Exclude<DelimiterBehavior, 'Removed'>): Span[] {
  if (behavior === 'Isolated') return spans
  const backwards = behavior === 'MergedWithNext'
  const joined: Span[] = []
  let previousMatch = false
  for (const span of backwards ? spans.toReversed() : spans) {
    const joins = behavior === 'Contiguous' ? span.isMatch === previousMatch : span.isMatch && !previousMatch
    const last = joined.at(-1)
    if (!joins || !last) joined.push({ ...span })
    else if (backwards) last.start = span.start
    else last.end = span.end
    previousMatch = span.isMatch
  }
  return backwards ? joined.reverse() : joined
}
