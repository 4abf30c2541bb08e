/** GPT-2's alphabet: a printable character for each byte, so that a vocabulary of bytes is text. */

const printable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)

const characters: string[] = []
const bytes = new Map<string, number>()
let next = 0x100
for (let byte = 0; byte < 0x100; byte++) {
  const character = String.fromCharCode(printable(byte) ? byte : next++)
  characters.push(character)
  bytes.set(character, byte)
}

const utf8 = new TextEncoder()

/** A text's UTF-8 bytes in the alphabet. */
export function toByteCharacters(text: string): string {
  if (/^[!-~]*$/.test(text)) return text
  let out = ''
  for (const byte of utf8.encode(text)) out += characters[byte]!
  return out
}

/** The byte of each character; undefined where one is not of the alphabet. */
export function fromByteCharacters(text: string): number[] | undefined {
  const found: number[] = []
  for (const character of text) {
    const byte = bytes.get(character)
    if (byte === undefined) return undefined
    found.push(byte)
  }
  return found
}

/** SentencePiece's name of a byte's token. */
export const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
