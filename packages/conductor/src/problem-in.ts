import { StoreProblem } from '@nx-conduct/store'
import { ConductProblem } from './problem.ts'
import { Superseded } from './record.ts'

/** What was thrown, as something a person can act on; undefined for a fault of our own. */
export function problemIn(error: unknown): ConductProblem | undefined {
  if (error instanceof ConductProblem) return error
  if (error instanceof StoreProblem) {
    const code = error.code === 'redis-required' || error.code === 'redis-url' ? 'redis' : 'log'
    return new ConductProblem(code, error.message, error.hint, { cause: error })
  }
  if (error instanceof Superseded) {
    return new ConductProblem(
      'log',
      error.message,
      'Wait until it is done, or end it, then run the same command again; finished steps are kept.',
      { cause: error },
    )
  }
  return undefined
}
