import { createHash, hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Message, PairRow } from '../../contract/chat.ts'
import { fileError } from './atomic-file.ts'

/** Name of a prompt: the first 16 hex digits (64 bits) of the sha256 of its roles and contents. */
export function promptId(prompt: readonly Message[]): string {
  return hash('sha256', JSON.stringify(prompt.map((m) => [m.role, m.content]))).slice(0, 16)
}

const RANKS = 2 ** 48

/** Where a row falls in the order "by hash of seed and id": a whole number in [0, 2^48), the same for any row order. */
export function splitRank(seed: number, id: string): number {
  return Number.parseInt(hash('sha256', `${seed}:${id}`).slice(0, 12), 16)
}

export function testRankLimit(testShare: number): number {
  return testShare * RANKS
}

export function textSha256(text: string): string {
  return hash('sha256', text)
}

export async function fileSha256(path: string): Promise<string> {
  const digest = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path)) digest.update(chunk as Buffer)
  } catch (error) {
    throw fileError(error, path, 'read')
  }
  return digest.digest('hex')
}

/** The line of one pair in the canonical content that `GatherResult.sha256` is taken over. */
export function pairContentLine(row: PairRow): string {
  return (
    JSON.stringify([row.id, turns(row.prompt), row.real, row.generated, row.finishReason, row.check]) + '\n'
  )
}

function turns(prompt: readonly Message[]): [string, string][] {
  return prompt.map((m) => [m.role, m.content])
}
