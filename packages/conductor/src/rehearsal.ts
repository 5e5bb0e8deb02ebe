import { startRehearsal } from '@nx-conduct/agent'
import { digestOf } from '@nx-conduct/spec'

/** A local Messages API server that plays a score. It starts with the first session that needs it. */
export interface Rehearsal {
  /** Workspace-relative path of the score. */
  readonly file: string
  readonly digest: string
  url(): Promise<string>
  close(): Promise<void>
}

export function openRehearsal(file: string, score: string): Rehearsal {
  let server: ReturnType<typeof startRehearsal> | undefined
  return {
    file,
    digest: digestOf(score),
    async url() {
      server ??= startRehearsal({ score })
      return (await server).url
    },
    async close() {
      if (server) await (await server).close()
    },
  }
}
