/**
 * JSON with typed arrays as binary segments behind it. NaN and the infinities cross too (plain JSON makes them null).
 *
 *   u32 json length with bit 31 = "has marks" · json (UTF-8) · for each segment: u8 type, u32 byte length, bytes
 *
 * All numbers little-endian. Inside the json a string that starts with U+0001 is a mark: `\u0001b3` segment 3,
 * `\u0001n` NaN, `\u0001+` / `\u0001-` infinities, `\u0001s…` a string that itself began with U+0001.
 */
const mark = '\u0001'
const marksBit = 0x80000000

const segmentTypes = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const
const segmentTypeNames: readonly string[] = segmentTypes.map((type) => type.name)

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Throws TypeError for what JSON would lose without a word: bigint, Map, Set, ArrayBuffer, functions, symbols.
 * Own properties that are undefined are left out, as JSON does. The result owns its memory.
 */
export function encode(message: unknown): Uint8Array<ArrayBuffer> {
  const segments: { type: number; bytes: Uint8Array }[] = []
  let marked = false
  const json = JSON.stringify(
    message,
    function (this: Record<string, unknown>, key: string, value: unknown): unknown {
      switch (typeof value) {
        case 'string':
          if (!value.startsWith(mark)) return value
          marked = true
          return `${mark}s${value}`
        case 'number':
          if (Number.isFinite(value)) return value
          marked = true
          return mark + (Number.isNaN(value) ? 'n' : value > 0 ? '+' : '-')
        case 'object': {
          const raw = this[key] // before toJSON, which Buffer has
          if (raw === null || Array.isArray(raw)) return value
          if (ArrayBuffer.isView(raw)) {
            const type = segmentTypeNames.indexOf(
              raw instanceof Uint8Array ? 'Uint8Array' : raw.constructor.name,
            )
            if (type < 0)
              throw new TypeError(
                `${key}: a ${raw.constructor.name} cannot cross the wire; send a Uint8Array`,
              )
            marked = true
            segments.push({ type, bytes: new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength) })
            return `${mark}b${segments.length - 1}`
          }
          const tag = Object.prototype.toString.call(raw)
          if (tag === '[object Object]' || tag === '[object Date]') return value
          throw new TypeError(
            `${key}: ${tag} cannot cross the wire; send plain objects, arrays and typed arrays`,
          )
        }
        case 'bigint':
        case 'function':
        case 'symbol':
          throw new TypeError(`${key}: a ${typeof value} cannot cross the wire`)
        default:
          return value
      }
    },
  )
  if (json === undefined) throw new TypeError('undefined is not a message')
  return pack(encoder.encode(json), marked, segments)
}

function pack(
  json: Uint8Array,
  marked: boolean,
  segments: { type: number; bytes: Uint8Array }[],
): Uint8Array<ArrayBuffer> {
  let length = 4 + json.length
  for (const segment of segments) length += 5 + segment.bytes.length
  const out = new Uint8Array(length)
  const view = new DataView(out.buffer)
  view.setUint32(0, (json.length | (marked ? marksBit : 0)) >>> 0, true)
  out.set(json, 4)
  let at = 4 + json.length
  for (const { type, bytes } of segments) {
    view.setUint8(at, type)
    view.setUint32(at + 1, bytes.length, true)
    out.set(bytes, at + 5)
    at += 5 + bytes.length
  }
  return out
}

/** The inverse of `encode`; typed arrays own their memory. Throws SyntaxError or RangeError for broken bytes. */
export function decode(bytes: Uint8Array): unknown {
  if (bytes.length < 4) throw new RangeError(`A message has at least 4 bytes, found ${bytes.length}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const head = view.getUint32(0, true)
  const jsonLength = (head & ~marksBit) >>> 0
  if (4 + jsonLength > bytes.length) {
    throw new RangeError(`The message promises ${jsonLength} bytes of JSON, found ${bytes.length - 4}`)
  }
  const json = decoder.decode(bytes.subarray(4, 4 + jsonLength))
  const segments = readSegments(bytes, view, 4 + jsonLength)
  if ((head & marksBit) === 0) return JSON.parse(json)
  return JSON.parse(json, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? unmark(value, segments) : value,
  )
}

function readSegments(bytes: Uint8Array, view: DataView, from: number): ArrayBufferView[] {
  const segments: ArrayBufferView[] = []
  let at = from
  while (at < bytes.length) {
    if (at + 5 > bytes.length) throw new RangeError('The message ends inside the head of a binary segment')
    const Type = segmentTypes[view.getUint8(at)]
    const length = view.getUint32(at + 1, true)
    if (!Type) throw new RangeError(`Unknown binary segment type ${view.getUint8(at)}`)
    if (at + 5 + length > bytes.length) {
      throw new RangeError(`A binary segment promises ${length} bytes, found ${bytes.length - at - 5}`)
    }
    const own = new Uint8Array(length) // a copy: views need alignment and must not pin the whole message
    own.set(bytes.subarray(at + 5, at + 5 + length))
    segments.push(new Type(own.buffer))
    at += 5 + length
  }
  return segments
}

function unmark(text: string, segments: readonly ArrayBufferView[]): unknown {
  switch (text[1]) {
    case 's':
      return text.slice(2)
    case 'n':
      return Number.NaN
    case '+':
      return Number.POSITIVE_INFINITY
    case '-':
      return Number.NEGATIVE_INFINITY
    case 'b': {
      const segment = segments[Number(text.slice(2))]
      if (segment) return segment
    }
  }
  throw new RangeError(`Unknown mark ${JSON.stringify(text.slice(0, 12))} in a message`)
}
