/**
 * Byte-level BPE's letters (GPT-2, bytes_to_unicode): every byte as a printable character. Bytes that print as themselves
 * in Latin-1 stay; the other 68 take the characters from U+0100 up, in order (space is Ġ, newline Ċ).
 */
export const byteLetters: readonly string[] = (() => {
  const prints = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
  let next = 0x100
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(prints(byte) ? byte : next++))
})()

const utf8 = new TextEncoder()

/** A text in those letters, one for each of its UTF-8 bytes. */
export function inByteLetters(text: string): string {
  let letters = ''
  for (const byte of utf8.encode(text)) letters += byteLetters[byte]!
  return letters
}
