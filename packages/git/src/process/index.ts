/** How git and other processes are started and told apart: the one place for every package below the conductor. */
export { isAbsentRef } from './absent-ref.ts'
export {
  type Environment,
  type GitPlace,
  gitEnvironment,
  gitSettings,
  placeEnvironment,
} from './environment.ts'
export { GitCommandError, GitError, lockFileIn, stderrOf, withoutLogins } from './git-error.ts'
export { GitPipe, type GitPipeTimes, type Parsed, type Parser, parseLines } from './git-pipe.ts'
export {
  encodeTree,
  type FoundObject,
  type ObjectInfo,
  ObjectPipes,
  parseInfo,
  parseObject,
  parseTree,
  type ScratchFiles,
  type TreeEntry,
} from './object-pipes.ts'
export { ownedName, ownerInName } from './owned-name.ts'
export {
  isAlive,
  isRunning,
  type Liveness,
  livenessOf,
  type ProcessIdentity,
  parseIdentity,
  processIdentity,
} from './process-identity.ts'
export { type RefChange, type RefOutcome, type RefOverwrite, RefPipe, transactRefs } from './ref-transaction.ts'
export {
  fields,
  firstLine,
  type GitRun,
  git,
  gitAnywhere,
  gitLine,
  gitText,
  localTimeoutMs,
  remoteTimeoutMs,
} from './run-git.ts'
export type { GitResult } from './spawn-git.ts'
