import { createHash } from 'node:crypto'
import { StoreProblem } from '../store-problem.ts'

/** The names of the refs of one spec's run log. */
export interface LogRefs {
  readonly log: string
  /** A blob with the highest fence ever given out. */
  readonly fence: string
  /** Folder of the lease refs. */
  readonly leases: string
  lease(key: string): string
  /** Where a log is kept that could not be read to its end. */
  broken(oid: string): string
  /** The ref that tracks what the remote holds under `ref`, and the other way round. */
  remote(ref: string): string
  trackedBy(ref: string): string | undefined
}

/** The names of a spec's refs. Throws `StoreProblem` for a spec whose name cannot be part of one. */
export function logRefs(spec: string): LogRefs {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(spec) || spec.includes('..') || /[.]$|[.]lock$/.test(spec)) {
    throw new StoreProblem(
      'bad-name',
      `${JSON.stringify(spec.slice(0, 120))} cannot name a run log`,
      "Give the spec a name of letters, digits, '.', '_' and '-' (front matter `name:`), at most 100 characters.",
    )
  }
  const root = `refs/conduct/${spec}`
  return {
    log: `${root}/log`,
    fence: `${root}/fence`,
    leases: `${root}/lease`,
    lease: (key) => `${root}/lease/${createHash('sha256').update(key).digest('hex').slice(0, 40)}`,
    broken: (oid) => `${root}/broken/${oid}`,
    remote: (ref) => ref.replace(root, `${root}/remote`),
    trackedBy: (ref) => (ref.startsWith(`${root}/remote/`) ? ref.replace(`${root}/remote`, root) : undefined),
  }
}
