import { GitError } from '@nx-conduct/git'
import { StoreProblem } from '@nx-conduct/store'
import { Superseded } from '../step/record.ts'
import { ConductProblem } from './problem.ts'

/** What was thrown, as something a person can act on; undefined for a fault of our own. */
export function toProblem(error: unknown): ConductProblem | undefined {
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
  if (error instanceof GitError) {
    const [message = ''] = error.message.split(`\n${error.hint}`)
    return new ConductProblem('git', message, error.hint ?? `Fix what git reports. ${again}`, { cause: error })
  }
  if (isOfTheMachine(error)) return new ConductProblem('machine', error.message, `Fix that. ${again}`, { cause: error })
  return undefined
}

const again = 'Then run the same command again; finished steps are kept.'

/** Whether the system refused what would have worked elsewhere: a full or failing disk, a missing right, too many open files. */
function isOfTheMachine(error: unknown): error is Error {
  const refusals = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOMEM']
  return error instanceof Error && 'code' in error && refusals.includes(String(error.code))
}
