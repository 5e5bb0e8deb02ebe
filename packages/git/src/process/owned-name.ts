import { type ProcessIdentity, parseIdentity } from './process-identity.ts'

/** `prefix` with an owner in it, as part of a file name: a crash never leaves a folder that does not say whose it is. */
export function ownedName(prefix: string, owner: ProcessIdentity): string {
  const { host, pid, startedAt } = owner
  return `${prefix}${Buffer.from(JSON.stringify({ host, pid, startedAt })).toString('base64url')}.`
}

/** The owner in a name that {@link ownedName} began; `undefined` for every other name. */
export function ownerInName(prefix: string, name: string): ProcessIdentity | undefined {
  if (!name.startsWith(prefix)) return undefined
  const [owner = ''] = name.slice(prefix.length).split('.')
  return parseIdentity(Buffer.from(owner, 'base64url').toString())
}
