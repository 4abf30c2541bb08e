import { closeSync, readSync } from 'node:fs'
import { AppError } from '../../contract/errors.ts'
import { readFrontMatter } from './lineage-card.ts'
import { modelFile, openPlainFile, readModelJson } from './model-file.ts'

/** First lines of licences as their publishers write them, in the words of the Hub's list of licence names. */
const firstLines: readonly (readonly [RegExp, string])[] = [
  [/apache license\s+version 2\.0/i, 'apache-2.0'],
  [/\bmit license\b|permission is hereby granted, free of charge, to any person/i, 'mit'],
  [/llama 3\.3 community license/i, 'llama3.3'],
  [/llama 3\.2 community license/i, 'llama3.2'],
  [/llama 3\.1 community license/i, 'llama3.1'],
  [/meta llama 3 community license/i, 'llama3'],
  [/llama 2 community license/i, 'llama2'],
  [/gemma terms of use/i, 'gemma'],
  [/tongyi qianwen/i, 'tongyi-qianwen'],
  [/qwen research license/i, 'qwen-research'],
  [/gnu affero general public license\s+version 3/i, 'agpl-3.0'],
  [/gnu general public license\s+version 3/i, 'gpl-3.0'],
  [/creative commons attribution-noncommercial 4\.0/i, 'cc-by-nc-4.0'],
  [/creative commons attribution 4\.0/i, 'cc-by-4.0'],
  [/bsd 3-clause/i, 'bsd-3-clause'],
]
const cardNames = ['README.md']
const licenceNames = ['LICENSE', 'LICENSE.txt', 'LICENSE.md', 'LICENCE', 'LICENCE.txt', 'COPYING']
/** Bytes: enough for a card's front matter and a licence's head; a file of any length may lie there. */
const longestHead = 100_000
const longestName = 120

/**
 * The licence that a model folder names: the card's front matter (`license`, or `license_name` where that is "other"), a licence
 * file known by its head ("see LICENSE" where it is another), or config.json's `license`. null = it names none.
 */
export async function modelLicense(dir: string, names: ReadonlySet<string>): Promise<string | null> {
  const card = await headOf(dir, names, cardNames)
  if (card) {
    const { license, license_name: ownName } = readFrontMatter(card.text)
    const stated = license === 'other' && typeof ownName === 'string' ? ownName : license
    const text = Array.isArray(stated) ? stated.join(', ') : stated
    if (typeof text === 'string' && text.trim() !== '') return text.trim().slice(0, longestName)
  }
  const file = await headOf(dir, names, licenceNames)
  if (file) return firstLines.find(([head]) => head.test(file.text))?.[1] ?? `see ${file.name}`
  const config = await readModelJson(dir, 'config.json')
  const stated = typeof config === 'object' && config !== null && 'license' in config ? config.license : null
  return typeof stated === 'string' && stated.trim() !== '' ? stated.trim().slice(0, longestName) : null
}

async function headOf(
  dir: string,
  names: ReadonlySet<string>,
  wanted: readonly string[],
): Promise<{ name: string; text: string } | null> {
  const name = wanted.find((candidate) => names.has(candidate))
  if (name === undefined) return null
  try {
    const { file } = openPlainFile(await modelFile(dir, name))
    try {
      const bytes = Buffer.alloc(longestHead)
      return { name, text: bytes.toString('utf8', 0, readSync(file, bytes, 0, longestHead, 0)) }
    } finally {
      closeSync(file)
    }
  } catch (error) {
    // A link that leaves the folder, or no plain file: the model needs neither, so it only names no licence.
    if (error instanceof AppError) return null
    throw error
  }
}
