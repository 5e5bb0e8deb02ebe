import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a client of a server on loopback has to send: it tells the callers that were invited from other programs of the machine. */
export function newToken(): string {
  return randomBytes(24).toString('base64url')
}

/** A `Host` header that names this machine: anything else came through a name that somebody else controls. */
export function isOwnHost(host: string | undefined, port: number): boolean {
  return host !== undefined && ['127.0.0.1', 'localhost', '[::1]'].some((name) => host === `${name}:${port}`)
}

/** Whether an `Authorization` header carries the token. */
export function isBearer(header: string | undefined, token: string): boolean {
  return isToken(/^Bearer ([\x21-\x7e]{1,500})$/i.exec(header ?? '')?.[1], token)
}

/** Compares in a time that tells nothing of the token. */
export function isToken(given: string | undefined, token: string): boolean {
  if (given === undefined) return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}
