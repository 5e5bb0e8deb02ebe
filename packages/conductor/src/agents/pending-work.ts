import { open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { SessionOutcome } from '@nx-conduct/agent'
import { isAlive, type Oid, type ProcessIdentity, processIdentity } from '@nx-conduct/git'
import { isObject, objectIn } from '../run/json-object.ts'

/**
 * What an agent's session came to, beside its worktree (`<worktree>.<start of the session's key>.session.json`) until the run log has
 * it. When git cannot write, the worktree and this file stay, and the next process records the work without running the agent again.
 */
export interface PendingWork {
  readonly version: 1
  readonly owner: ProcessIdentity
  /** Top of the worktree. */
  readonly top: string
  readonly sessionKey: string
  readonly baseTree: Oid
  readonly parents: readonly Oid[]
  readonly durationMs: number
  readonly outcome: SessionOutcome
}

const ending = '.session.json'

/** Room for a long report. The blocks are claimed before the session starts, so that a full disk cannot refuse them later. */
const claimedBytes = 256 * 1024

/** The session whose file it is: many work at once, and each looks for its own alone. */
type Session = Pick<PendingWork, 'top' | 'sessionKey'>

/** Claims the file of a session that starts. */
export async function claimPending(session: Session): Promise<void> {
  await writeFile(fileOf(session), ' '.repeat(claimedBytes), { mode: 0o600 })
}

/** Writes what the session came to into the claimed blocks. */
export async function writePending(work: Omit<PendingWork, 'version' | 'owner'>): Promise<void> {
  const whole: PendingWork = { version: 1, owner: processIdentity(), ...work }
  const file = await open(fileOf(work), 'r+')
  try {
    await file.write(`${JSON.stringify(whole)}\n`, 0)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Forgets a session that is recorded, or that never ended. */
export async function forgetPending(session: Session): Promise<void> {
  await rm(fileOf(session), { force: true })
}

/** Sessions in a folder of worktrees (those of one key, if given) that ended, whose process is gone or is this one, and that nobody recorded. */
export async function pendingIn(folder: string, sessionKey?: string): Promise<readonly PendingWork[]> {
  const self = processIdentity()
  const found: PendingWork[] = []
  const wanted = sessionKey === undefined ? ending : endingOf(sessionKey)
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith(wanted)) continue
    const work = await readPending(join(folder, name))
    if (work === undefined) continue
    const { owner } = work
    const isOurs = owner.host === self.host && owner.pid === self.pid && owner.startedAt === self.startedAt
    if (isOurs || !isAlive(owner)) found.push(work)
  }
  return found
}

/** Undefined for a session that had not ended: what is in its worktree is unfinished. */
async function readPending(file: string): Promise<PendingWork | undefined> {
  // The files of those that are working are large and blank.
  if ((await firstByte(file)) !== '{') return undefined
  const text = await readFile(file, 'utf8').catch(() => '')
  const work: unknown = objectIn(text.slice(0, text.indexOf('\n') + 1))
  return isPendingWork(work) && basename(fileOf(work)) === basename(file) ? work : undefined
}

function isPendingWork(work: unknown): work is PendingWork {
  if (!isObject(work)) return false
  const { version, owner, top, sessionKey, baseTree, parents, durationMs, outcome } = work
  return (
    version === 1 &&
    isObject(owner) &&
    typeof owner['host'] === 'string' &&
    typeof owner['pid'] === 'number' &&
    typeof owner['startedAt'] === 'string' &&
    [top, sessionKey, baseTree].every((text) => typeof text === 'string') &&
    Array.isArray(parents) &&
    typeof durationMs === 'number' &&
    isObject(outcome) &&
    typeof outcome['kind'] === 'string'
  )
}

function fileOf({ top, sessionKey }: Session): string {
  return `${top}${endingOf(sessionKey)}`
}

function endingOf(sessionKey: string): string {
  return `.${sessionKey.slice(0, 12)}${ending}`
}

async function firstByte(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return ''
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}
