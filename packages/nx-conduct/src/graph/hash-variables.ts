/**
 * Names of the environment variables that enter Nx's task hashes. Nx runs a `runtime` input again for every task whose
 * hash waits for another task, which is most tasks of a plan. So the plugin reads this state once, before any task runs (`pre-tasks.ts`).
 * They are read by Nx alone: the step key decides what is done.
 */
export const hashVariables = {
  /** Tree of HEAD. */
  head: 'NX_CONDUCT_HASH_HEAD',
  /** Operating system and architecture. */
  machine: 'NX_CONDUCT_HASH_MACHINE',
  /** Version of the `node` that commands find. */
  node: 'NX_CONDUCT_HASH_NODE',
  /** Digest of the score that NX_CONDUCT_REHEARSAL names. */
  score: 'NX_CONDUCT_HASH_SCORE',
} as const

const marksPrefix = 'NX_CONDUCT_HASH_MARKS_'

/** The variable of a spec's marks: the refs that move when a phase is deliberately built again or an artifact was refused. */
export function marksVariable(spec: string): string {
  return marksPrefix + Buffer.from(spec).toString('hex').toUpperCase()
}

export function isMarksVariable(name: string): boolean {
  return name.startsWith(marksPrefix)
}

/** Spec and kind of a ref that is such a mark; undefined for every other ref. */
export function specOfMark(ref: string): string | undefined {
  return /^refs\/conduct\/([^/]+)\/(?:epoch|refused)\//.exec(ref)?.[1]
}
