import { Anthropic } from '@anthropic-ai/sdk'
import type { SessionRequest } from '../contract.ts'

const officialURL = 'https://api.anthropic.com'

/** Headers that reach the service; the SDK would add any that an environment variable names. */
const known = /^(accept|authorization|content-type|user-agent|anthropic-version|x-stainless-.*)$/

/**
 * A client that takes where to go and who pays from its argument alone: what an environment (or a repository's `.env`)
 * says about base URLs, credentials or headers is not looked at. Undefined when there is nothing to pay with; a base
 * URL of one's own (a rehearsal, a gateway that holds the key) may do without.
 */
export function createClient(api: SessionRequest['api']): Anthropic | undefined {
  const credential = api?.apiKey || api?.authToken || (api?.baseURL ? 'none' : undefined)
  if (credential === undefined) return undefined
  return new Anthropic({
    apiKey: credential,
    authToken: null,
    webhookKey: null,
    baseURL: api?.baseURL || officialURL,
    // Retries are ours: the SDK obeys a `retry-after` of weeks.
    maxRetries: 0,
    logLevel: 'off',
    fetch: (url, init) => {
      const headers = new Headers([...new Headers(init?.headers)].filter(([name]) => known.test(name)))
      headers.set('authorization', `Bearer ${credential}`)
      return fetch(url, { ...init, headers })
    },
  })
}
