import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Oid } from '@nx-conduct/git'

/** Whose work is in a worktree that a client of a run has for a module. Slugs, because they name the folder's past after a renumbering, too. */
export interface ClientRecord {
  readonly run: string
  readonly phase: string
  readonly module: string
  /** The commit that it was made from. */
  readonly start: Oid
}

function fileOf(top: string): string {
  return join(`${top}.state`, 'client.json')
}

export async function writeClientRecord(top: string, record: ClientRecord): Promise<void> {
  const file = fileOf(top)
  await writeFile(`${file}.new`, JSON.stringify(record))
  await rename(`${file}.new`, file)
}

/** Undefined for any other worktree. */
export async function readClientRecord(top: string): Promise<ClientRecord | undefined> {
  const text = await readFile(fileOf(top), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  let read: Partial<Record<keyof ClientRecord, unknown>> | null
  try {
    read = JSON.parse(text)
  } catch {
    return undefined
  }
  const { run, phase, module, start } = read ?? {}
  if (typeof run !== 'string' || typeof phase !== 'string' || typeof module !== 'string') return undefined
  if (typeof start !== 'string' || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(start)) return undefined
  return { run, phase, module, start }
}
