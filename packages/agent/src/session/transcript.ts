import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { redactDeep } from '../command/redact.ts'
import type { SessionProgress } from '../contract.ts'

/** The record of a session: JSON lines, each on disk before the session continues. */
export interface Transcript {
  /** Never rejects: a session is worth more than its record. The first entry that cannot be written is reported. */
  append(entry: Readonly<Record<string, unknown>>): Promise<void>
}

export interface TranscriptOptions {
  readonly file: string
  readonly secrets: readonly string[]
  readonly now: () => number
  readonly onProgress: (progress: SessionProgress) => void
}

/** Opens (or continues) a transcript. Every entry is redacted and gets the time as `at`, ISO 8601. */
export function openTranscript({ file, secrets, now, onProgress }: TranscriptOptions): Transcript {
  let isLost = false
  return {
    async append(entry) {
      const line = `${JSON.stringify(redactDeep({ at: new Date(now()).toISOString(), ...entry }, secrets))}\n`
      const write = () => appendFile(file, line, { mode: 0o600 })
      try {
        await write().catch(async (error: NodeJS.ErrnoException) => {
          // Its folder may be deleted at any time: it is a cache that people clean.
          if (error.code !== 'ENOENT') throw error
          await mkdir(dirname(file), { recursive: true })
          await write()
        })
      } catch (error) {
        if (isLost) return
        isLost = true
        onProgress({ type: 'transcript-lost', file, why: error instanceof Error ? error.message : String(error) })
      }
    },
  }
}
