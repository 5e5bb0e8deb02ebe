export { advanceBranch } from './advance.ts'
export { type BranchInUse, branchUses } from './branch-in-use.ts'
export { createBundle, unbundle } from './bundle.ts'
export { type ChangedText, changedTexts } from './changed-texts.ts'
export { type CheckoutFiles, CheckoutLost, type CheckoutPlace } from './checkout/checkout-files.ts'
export type { KnownFiles } from './checkout/known-files.ts'
export { LinkedCheckout } from './checkout/linked-checkout.ts'
export { PrivateCheckout } from './checkout/private-checkout.ts'
export { commitTree } from './commit.ts'
export type * from './contract.ts'
export { treeWithoutSpec, withFiles } from './edit-tree.ts'
export { FileLists, foldersAt } from './file-lists.ts'
export { filesWith } from './files-with.ts'
export { withFolderOf, withoutFolder } from './folder.ts'
export { unhiddenIn } from './ignored.ts'
export { isKept } from './kept-objects.ts'
export { LockHeldError } from './lock.ts'
export { type LookedUp, lookUp } from './look-up.ts'
export { mergeBase, mergeTrees } from './merge.ts'
export { type PatchOptions, readablePatch } from './patch.ts'
export { personOf } from './person.ts'
export {
  GitCommandError,
  GitError,
  isAlive,
  isRunning,
  livenessOf,
  ownedName,
  ownerInName,
  type ProcessIdentity,
  parseIdentity,
  processIdentity,
} from './process/index.ts'
export { pushRefs } from './push.ts'
export { isReachable } from './reachable.ts'
export { type CommitRecord, readCommit } from './read-commit.ts'
export { listRefs, readRef, updateRef } from './refs.ts'
export { removeDirectory } from './remove-directory.ts'
export { closeRepository, openRepository, readHead } from './repository.ts'
export { clearDeadScratch } from './scratch-folder.ts'
export { snapshot } from './snapshot.ts'
export { dirtyPaths, ignoredFiles, ignoredPaths } from './status.ts'
export { saveAndRemoveWorktree, sweepWorktrees } from './sweep.ts'
export {
  blobAt,
  changedPaths,
  entryIn,
  type FoundEntry,
  isAncestor,
  listFiles,
  readFileAt,
  resolveCommit,
  treeBytes,
  treeOf,
} from './tree.ts'
export { type EscapingLink, escapingLinks } from './tree-links.ts'
export { unfitRules } from './walk.ts'
export { type ChangedRef, changedRefs, refsBelow, valueIn } from './watch/changed-refs.ts'
export { type HeadMoves, headMovesSince, headMovesSoFar } from './watch/head-moves.ts'
export { type RefMove, refMoves } from './watch/ref-history.ts'
export { RefReader, type RefsRead } from './watch/ref-reader.ts'
export { changedSettings, type SettingsRead, SettingsReader } from './watch/settings-reader.ts'
export { type UserHeads, userHeads } from './watch/user-heads.ts'
export { createWorktree, removeWorktree } from './worktree.ts'
export { NotOurWorktreeError } from './worktree-discard.ts'
export { inspectWorktree, worktreeIsIntact } from './worktree-health.ts'
export { listWorktrees } from './worktree-list.ts'
