/** Object ids are 40 (or 64) hex digits. */
export type Oid = string

/** Where a repository is. */
export interface Repository {
  /** Top of the user's working tree, real path. */
  readonly root: string
  /** The common git directory, real path: refs and objects of all worktrees. */
  readonly commonDir: string
  /** The git directory of the working tree at `root` (its HEAD and index). */
  readonly gitDir: string
}

export interface Head {
  readonly commit: Oid
  readonly tree: Oid
  /** Short branch name; absent when HEAD is detached. */
  readonly branch?: string
}

export interface WorktreeRequest {
  /** Absolute path outside the workspace's files. */
  readonly path: string
  readonly commit: Oid
  /** Stands in the worktree's lock: names run, host, pid and start time. */
  readonly owner: WorktreeOwner
}

export interface WorktreeOwner {
  readonly run: string
  readonly host: string
  readonly pid: number
  readonly startedAt: string
}

export interface WorktreeEntry {
  readonly path: string
  readonly commit?: Oid
  readonly locked: boolean
  /** Absent when the worktree is not ours. */
  readonly owner?: WorktreeOwner
}

export interface Identity {
  readonly name: string
  readonly email: string
}

export interface CommitRequest {
  readonly tree: Oid
  readonly parents: readonly Oid[]
  readonly message: string
  readonly author: Identity
  /** ISO 8601. */
  readonly at: string
}

export type SnapshotOutcome =
  | { readonly kind: 'snapshot'; readonly tree: Oid; readonly changed: readonly string[] }
  /** Something in the worktree must not enter a commit: nested repositories, gitlinks, escaping links, a replaced `.git`. */
  | { readonly kind: 'refused'; readonly problems: readonly { readonly path: string; readonly why: string }[] }

export type MergeOutcome =
  | { readonly kind: 'clean'; readonly tree: Oid }
  /** `tree` holds conflict markers in `paths`. */
  | { readonly kind: 'conflict'; readonly tree: Oid; readonly paths: readonly string[]; readonly messages: string }

export type AdvanceOutcome =
  | { readonly kind: 'advanced'; readonly from: Oid; readonly to: Oid; readonly filesUpdated: boolean }
  | { readonly kind: 'already-there' }
  /** Nothing was changed. */
  | {
      readonly kind: 'refused'
      readonly reason:
        | 'branch-moved'
        | 'not-fast-forward'
        | 'dirty'
        | 'detached'
        | 'checked-out-elsewhere'
        | 'operation-in-progress'
      readonly paths: readonly string[]
      readonly message: string
    }
