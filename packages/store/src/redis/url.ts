import { StoreProblem } from '../store-problem.ts'

interface Login {
  readonly username?: string
  readonly password?: string
  readonly tls: boolean
}

interface Address {
  readonly host: string
  readonly port: number
}

/** The address of a Redis, read from a URL. */
export type RedisTarget =
  | (Login & { readonly kind: 'server'; readonly address: Address; readonly db: number })
  | (Login & { readonly kind: 'socket'; readonly path: string; readonly db: number })
  | (Login & {
      readonly kind: 'sentinel'
      readonly sentinels: readonly Address[]
      readonly group: string
      readonly db: number
    })
  | (Login & { readonly kind: 'cluster'; readonly nodes: readonly Address[] })

const form = /^(rediss?)(?:\+(unix|sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/

/**
 * Reads a Redis URL: `redis://[user:password@]host[:port][/db]`, `rediss://…` for TLS, `redis+unix:///path[?db=n]`,
 * `redis+sentinel://host[:port],…/group[/db]`, `redis+cluster://host[:port],…`. Throws `StoreProblem` (`redis-url`)
 * with a message that never shows the password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const match = form.exec(url)
  const [, scheme, variant, login = '', hosts = '', path = '', query = ''] = match ?? []
  if (!match || scheme === undefined) throw badUrl(url, 'it is not a Redis URL')
  const colon = login.indexOf(':')
  const username = decode(url, colon < 0 ? login : login.slice(0, colon))
  const password = colon < 0 ? '' : decode(url, login.slice(colon + 1))
  const common = { tls: scheme === 'rediss', ...(username ? { username } : {}), ...(password ? { password } : {}) }

  if (variant === 'unix') {
    if (hosts || path.length < 2) throw badUrl(url, 'a socket is named by an absolute path')
    return {
      kind: 'socket',
      ...common,
      path: decode(url, path),
      db: database(url, new URLSearchParams(query).get('db') ?? ''),
    }
  }
  const defaultPort = variant === 'sentinel' ? 26379 : 6379
  const addresses = hosts.split(',').map((host) => address(url, host, defaultPort))
  const [first] = addresses
  if (!first) throw badUrl(url, 'it names no host')
  if (variant === 'cluster') return { kind: 'cluster', ...common, nodes: addresses }
  const [, one = '', two = ''] = path.split('/')
  if (variant === 'sentinel') {
    if (one === '') throw badUrl(url, 'it does not name the group the sentinels watch')
    return { kind: 'sentinel', ...common, sentinels: addresses, group: decode(url, one), db: database(url, two) }
  }
  if (addresses.length > 1) throw badUrl(url, 'several hosts need redis+sentinel:// or redis+cluster://')
  return { kind: 'server', ...common, address: first, db: database(url, one) }
}

/** The URL as it may be shown: without its password. */
export function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^@/:]*):[^@/]*@/, '$1:***@').replace(/^(?![a-z+]+:\/\/).*@/s, '***@')
}

/** Takes a URL's password out of a message, in whichever form it appears. */
export function redactPassword(message: string, url: string): string {
  const login = form.exec(url)?.[3] ?? ''
  const written = login.slice(login.indexOf(':') + 1)
  if (!login.includes(':') || written === '') return message
  return [written, safeDecode(written)].reduce((text, secret) => text.replaceAll(secret, '***'), message)
}

function address(url: string, text: string, defaultPort: number): Address {
  const match = /^(\[[0-9a-f:]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i.exec(text)
  const host = match?.[1]?.replace(/^\[|\]$/g, '')
  const port = Number(match?.[2] ?? defaultPort)
  if (!host || port > 65535) throw badUrl(url, `${JSON.stringify(text)} is not host[:port]`)
  return { host, port }
}

function database(url: string, text: string): number {
  if (text === '') return 0
  if (!/^\d{1,4}$/.test(text)) throw badUrl(url, `${JSON.stringify(text)} is not the number of a database`)
  return Number(text)
}

function decode(url: string, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw badUrl(url, 'a part of it is not percent-encoded as URLs are')
  }
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function badUrl(url: string, why: string): StoreProblem {
  return new StoreProblem(
    'redis-url',
    `${withoutPassword(url)} cannot be used: ${why}`,
    'Write it as redis://host:6379/0, rediss://…, redis+unix:///path, redis+sentinel://host,host/group or redis+cluster://host,host.',
  )
}
