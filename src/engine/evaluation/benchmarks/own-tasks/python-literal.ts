/** A list or tuple of texts and whole numbers as Python prints it (`ast.literal_eval`); null where it is none. */
export function parsePythonList(text: string): (string | number)[] | null {
  const whole = text.trim()
  const close = { '[': ']', '(': ')' }[whole[0] ?? '']
  if (close === undefined || !whole.endsWith(close)) return null
  const items: (string | number)[] = []
  let at = 1
  const end = whole.length - 1
  const blanks = (): void => {
    while (at < end && /\s/.test(whole[at]!)) at++
  }
  for (blanks(); at < end; blanks()) {
    literal.lastIndex = at
    const found = literal.exec(whole)
    if (!found || literal.lastIndex > end) return null
    const [, number, , quoted] = found
    const item = number === undefined ? unquoted(quoted!) : Number(number)
    if (item === null) return null
    items.push(item)
    at = literal.lastIndex
    blanks()
    if (at < end) {
      if (whole[at] !== ',') return null
      at++
    }
  }
  return items
}

const literal = /(-?\d+)|(['"])((?:\\[\s\S]|(?!\2)[^\\])*)\2/y
const named: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
}

function unquoted(inside: string): string | null {
  let broken = false
  const text = inside.replaceAll(
    /\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|([0-7]{1,3})|([\s\S]))/gi,
    (escape, x?: string, u?: string, long?: string, octal?: string, other?: string) => {
      const hex = x ?? u ?? long
      const point = hex === undefined ? octal && Number.parseInt(octal, 8) : Number.parseInt(hex, 16)
      if (typeof point === 'number') {
        if (point > 0x10ffff) broken = true
        return point > 0x10ffff ? '' : String.fromCodePoint(point)
      }
      const letter = other!
      if (letter === '\\' || letter === "'" || letter === '"') return letter
      return named[letter] ?? escape // Python keeps the backslash of an escape that it does not know
    },
  )
  return broken ? null : text
}
