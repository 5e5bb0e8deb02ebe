import type { Oid } from '@nx-conduct/git'
import type { RunContext } from '../run/context.ts'
import type { SetupFailed } from './setup.ts'
import { setupKey } from './setup-key.ts'

/** What no change of a repository's files can bring about: no network, no space. */
const ofTheMachine =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOSPC|EDQUOT|EIO|EROFS)\b|No space left on device|Temporary failure in name resolution|Could not resolve host/

/**
 * Whether the change from `bases` to a commit may have made its setup fail: the commit asks for something else to be installed than each of
 * them, and the command's output names no fault of the machine.
 */
export async function mayBeOfChange(
  context: Pick<RunContext, 'plan' | 'commands' | 'workspace'>,
  { command, output, exitCode }: SetupFailed,
  commit: Oid,
  bases: readonly Oid[],
): Promise<boolean> {
  const program = /^\s*([\w.+-]+)/.exec(command)?.[1] ?? ''
  const isMissing = exitCode === 127 && output.includes(`${program}: command not found`)
  if (exitCode === undefined || isMissing || ofTheMachine.test(output)) return false
  const keys = await Promise.all([commit, ...bases].map((each) => setupKey(context, each)))
  const [own, ...others] = keys.map((key) => (typeof key === 'object' ? key.key : undefined))
  return !others.includes(own)
}
