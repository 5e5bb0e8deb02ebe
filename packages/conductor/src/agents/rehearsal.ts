import { startRehearsal } from '@nx-conduct/agent'
import { type AgentSettings, digestOf } from '@nx-conduct/spec'

import type { Progress } from '../views/progress.ts'

/** A local Messages API server that plays a score. It starts with the first session that needs it. */
export interface Rehearsal {
  /** Workspace-relative path of the score. */
  readonly file: string
  readonly digest: string
  /** The environment asked for it: it plays every agent of the Messages API, not only those the spec gives a score. */
  readonly forced: boolean
  /** Where it is, and the key it asks for. */
  api(): Promise<{ readonly baseURL: string; readonly apiKey: string }>
  close(): Promise<void>
}

/** Whether a score plays this agent. */
export function isRehearsed(rehearsal: Rehearsal | undefined, agent: AgentSettings): rehearsal is Rehearsal {
  return rehearsal !== undefined && agent.driver === 'anthropic' && (rehearsal.forced || agent.rehearsal !== undefined)
}

export function openRehearsal(
  { file, score, forced }: { readonly file: string; readonly score: string; readonly forced: boolean },
  report: (progress: Progress) => void,
): Rehearsal {
  let server: ReturnType<typeof startRehearsal> | undefined
  return {
    file,
    digest: digestOf(score),
    forced,
    async api() {
      server ??= startRehearsal({
        score,
        name: file,
        onProblem: (message) => report({ type: 'notice', severity: 'warning', code: 'rehearsal', message }),
      })
      const { url, token } = await server
      return { baseURL: url, apiKey: token }
    },
    async close() {
      if (server) await (await server).close()
    },
  }
}
