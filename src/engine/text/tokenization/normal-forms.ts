import { normalizedSinceUnicode10 } from './unicode-ages.ts'

const newer = new RegExp(`([${normalizedSinceUnicode10}])`, 'gu')

/** A text in a normalization form of Unicode 9: characters that came later are left alone, and block as a letter does. */
export function normalizeForm(text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): string {
  if (text.search(newer) < 0) return text.normalize(form)
  return text
    .split(newer)
    .map((part, i) => (i % 2 === 0 ? part.normalize(form) : part))
    .join('')
}
