import { completionsUrl } from './judge-address.ts'
import { JudgeKey } from './judge-key.ts'

/** Keys that were typed in, by the address they are for; gone when the program ends. */
export interface JudgeKeys {
  /** "" forgets it. Throws BAD_INPUT for no key, or for an address that would give it away. */
  set(baseUrl: string, key: string): void
  get(baseUrl: string): JudgeKey | null
}

export function createJudgeKeys(): JudgeKeys {
  const keys = new Map<string, JudgeKey>()
  /** A key is for a host: another path of it may be asked with it, another host never. */
  const originOf = (baseUrl: string, hasKey: boolean): string => completionsUrl(baseUrl, hasKey).origin
  return {
    set(baseUrl, key) {
      if (key === '') keys.delete(originOf(baseUrl, false))
      else keys.set(originOf(baseUrl, true), new JudgeKey(key))
    },
    get: (baseUrl) => keys.get(originOf(baseUrl, false)) ?? null,
  }
}
