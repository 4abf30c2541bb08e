import { useEffect, useState } from 'react'
import type { Judging } from '../../contract/app.ts'
import type { JudgeCost, JudgeEndpoint, JudgePrices } from '../../contract/judge.ts'
import { useKept } from '../components/use-kept.ts'
import { messageOf, useMain } from '../use-main.ts'

/** What is typed of the judge; kept while the window is open. The key is no part of it. */
export interface JudgeFields {
  baseUrl: string
  model: string
  fromVariable: boolean
  keyVariable: string
  priceIn: number | null
  priceOut: number | null
  temperature: number | null
  maxTokens: number
  tokenLimitField: JudgeEndpoint['tokenLimitField']
  concurrency: number
  timeoutSeconds: number
}

const first: JudgeFields = {
  baseUrl: '',
  model: '',
  fromVariable: false,
  keyVariable: '',
  priceIn: null,
  priceOut: null,
  temperature: 0,
  maxTokens: 1024,
  tokenLimitField: 'max_tokens',
  concurrency: 4,
  timeoutSeconds: 120,
}

/** The fields, begun with what this judging was asked with last. */
export function useJudgeFields({ endpoint, judge, prices }: Judging) {
  const [kept, keep] = useKept<JudgeFields | null>('judge', null)
  const [own, setOwn] = useState<JudgeFields>(() => ({
    ...(kept ?? first),
    ...(endpoint && {
      baseUrl: endpoint.baseUrl,
      model: endpoint.model,
      temperature: endpoint.temperature,
      maxTokens: endpoint.maxTokens,
      tokenLimitField: endpoint.tokenLimitField,
      concurrency: endpoint.concurrency,
      timeoutSeconds: endpoint.timeoutSeconds,
    }),
    ...(judge !== null && { model: judge }),
    ...(prices && { priceIn: prices.inputPerMillion, priceOut: prices.outputPerMillion }),
  }))
  const set = (change: Partial<JudgeFields>): void => {
    const next = { ...own, ...change }
    setOwn(next)
    keep(next)
  }
  return { fields: own, set }
}

export function requestOf(fields: JudgeFields) {
  const { model, temperature, maxTokens, tokenLimitField } = fields
  return { model: model.trim(), temperature, maxTokens, tokenLimitField }
}

export function endpointOf(fields: JudgeFields) {
  const { baseUrl, concurrency, timeoutSeconds } = fields
  return { ...requestOf(fields), baseUrl: baseUrl.trim(), concurrency, timeoutSeconds }
}

export const pricesOf = ({ priceIn, priceOut }: JudgeFields): JudgePrices | null =>
  priceIn === null || priceOut === null ? null : { inputPerMillion: priceIn, outputPerMillion: priceOut }

/** Counted anew a moment after the last change; what was known stays until then. */
export function useJudgeCost(judging: Judging, fields: JudgeFields) {
  const client = useMain()
  const [loaded, setLoaded] = useState<{ cost: JudgeCost | null; problem: string | null }>({
    cost: null,
    problem: null,
  })
  const asked =
    fields.model.trim() === ''
      ? null
      : JSON.stringify({
          id: judging.id,
          // Where it is asked does not change what it costs.
          endpoint: { ...endpointOf(fields), baseUrl: fields.baseUrl.trim() || '-' },
          prices: pricesOf(fields),
        })
  const version = `${judging.state} ${judging.spent?.replies}`
  useEffect(() => {
    if (asked === null) return
    const abort = new AbortController()
    const timer = setTimeout(() => {
      client
        .call('judgingCost', JSON.parse(asked) as Parameters<typeof client.call<'judgingCost'>>[1], {
          signal: abort.signal,
        })
        .then(
          (cost) => setLoaded({ cost, problem: null }),
          (error: unknown) => {
            if (!abort.signal.aborted) setLoaded({ cost: null, problem: messageOf(error) })
          },
        )
    }, 300)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [client, asked, version])
  return asked === null ? { cost: null, problem: null } : loaded
}
