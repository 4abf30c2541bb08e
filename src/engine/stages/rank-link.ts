import type { z } from 'zod'
import type { RankExchange, RankReply, TrainRankRequest } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { TensorMap } from '../training/optimizer.ts'
import type { Ranks } from '../training/ranks.ts'

/** Numbers of a vector in one message: 16 MiB, far below what a pipe takes. */
const partLength = 2 ** 22

export interface RankLink extends Ranks {
  receive(reply: RankReply): void
  close(): void
}

const links = new Map<string, RankLink>()

/** Hands main's answer to the rank that waits for it; a training that has ended needs none. */
export function deliverReply(reply: RankReply): void {
  links.get(linkKey(reply))?.receive(reply)
}

const linkKey = ({ session, rank }: { session: string; rank: number }): string => `${session}/${rank}`

interface Waiting {
  round: string
  gradients: TensorMap | undefined
  /** Of a sum, the parts that have come. */
  came: number
  resolve(notes: unknown[] | null): void
  reject(error: unknown): void
}

/** This rank's line to the others, through main: `send` takes what it brings, `deliverReply` what comes back. */
export function openRankLink(
  request: Pick<z.output<typeof TrainRankRequest>, 'session' | 'rank' | 'ranks'>,
  send: (message: RankExchange) => void,
  signal: AbortSignal,
): RankLink {
  const { rank } = request
  let ranks = [...request.ranks]
  let deal = 0
  let waiting: Waiting | null = null
  const cancel = (): void => {
    waiting?.reject(new AppError('CANCELLED', 'Training was stopped; it continues from the last checkpoint.'))
    waiting = null
  }
  signal.addEventListener('abort', cancel)
  const key = linkKey(request)
  const link: RankLink = {
    get isLeader() {
      return ranks[0] === rank
    },
    share: (items) => {
      const place = ranks.indexOf(rank)
      return items.flatMap((item, index) => (index % ranks.length === place ? [{ index, item }] : []))
    },
    async exchange(round, note, gradients) {
      if (ranks.length === 1) return [note]
      const answer = new Promise<unknown[] | null>((resolve, reject) => {
        waiting = { round, gradients, came: 0, resolve, reject }
      })
      if (signal.aborted) cancel()
      else {
        const vectors = gradients ? flatParts(gradients) : [null]
        for (const [part, values] of vectors.entries())
          send({ kind: 'exchange', round, deal, note, part, parts: vectors.length, values })
      }
      return await answer
    },
    receive(reply) {
      deal = reply.deal
      ranks = [...reply.ranks]
      if (waiting?.round !== reply.round) return
      if (reply.outcome === 'dealtAnew') {
        waiting.resolve(null)
        waiting = null
        return
      }
      if (reply.values && waiting.gradients) setPart(waiting.gradients, reply.part, reply.values)
      if (++waiting.came < reply.parts) return
      waiting.resolve(reply.notes)
      waiting = null
    },
    close() {
      signal.removeEventListener('abort', cancel)
      links.delete(key)
    },
  }
  links.set(key, link)
  return link
}

const inOrder = (tensors: TensorMap): Float32Array[] =>
  [...tensors.keys()].sort().map((name) => tensors.get(name)!)

/** All numbers by name, one tensor behind the other, cut into parts of one length. */
function flatParts(tensors: TensorMap): Float32Array<ArrayBuffer>[] {
  const arrays = inOrder(tensors)
  const length = arrays.reduce((sum, array) => sum + array.length, 0)
  const flat = new Float32Array(length)
  let at = 0
  for (const array of arrays) {
    flat.set(array, at)
    at += array.length
  }
  const parts: Float32Array<ArrayBuffer>[] = []
  for (let start = 0; start < length; start += partLength)
    parts.push(flat.subarray(start, start + partLength))
  return parts
}

function setPart(tensors: TensorMap, part: number, values: Float32Array): void {
  const start = part * partLength
  const end = start + values.length
  let at = 0
  for (const array of inOrder(tensors)) {
    const from = Math.max(start, at)
    const to = Math.min(end, at + array.length)
    if (from < to) array.set(values.subarray(from - start, to - start), from - at)
    at += array.length
  }
}
