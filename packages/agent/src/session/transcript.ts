import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { redactDeep } from '../command/redact.ts'

/** The record of a session: JSON lines, each on disk before the session goes on. */
export interface Transcript {
  append(entry: Readonly<Record<string, unknown>>): Promise<void>
}

/** Opens (or goes on with) a transcript. Every entry is redacted and gets the time as `at`, ISO 8601. */
export async function openTranscript(file: string, secrets: readonly string[], now: () => number): Promise<Transcript> {
  await mkdir(dirname(file), { recursive: true })
  return {
    async append(entry) {
      const line = redactDeep({ at: new Date(now()).toISOString(), ...entry }, secrets)
      await appendFile(file, `${JSON.stringify(line)}\n`, { mode: 0o600 })
    },
  }
}
