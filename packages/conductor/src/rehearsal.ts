import { startRehearsal } from '@nx-conduct/agent'
import { digestOf } from '@nx-conduct/spec'

import type { Progress } from './progress.ts'

/** A local Messages API server that plays a score. It starts with the first session that needs it. */
export interface Rehearsal {
  /** Workspace-relative path of the score. */
  readonly file: string
  readonly digest: string
  url(): Promise<string>
  close(): Promise<void>
}

export function openRehearsal(file: string, score: string, report: (progress: Progress) => void): Rehearsal {
  let server: ReturnType<typeof startRehearsal> | undefined
  return {
    file,
    digest: digestOf(score),
    async url() {
      server ??= startRehearsal({
        score,
        name: file,
        onProblem: (message) => report({ type: 'notice', severity: 'warning', code: 'rehearsal', message }),
      })
      return (await server).url
    },
    async close() {
      if (server) await (await server).close()
    },
  }
}
