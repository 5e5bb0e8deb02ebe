import type { KnownFiles } from './checkout/known-files.ts'
import type { Objects } from './objects/objects.ts'
import type { ProcessIdentity, RefPipe } from './process/index.ts'

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
  /** Reads and writes its objects. */
  readonly objects: Objects
  /** Moves our own refs, which have no reflogs. */
  readonly ownRefs: RefPipe
}

export type OpenOutcome =
  | { readonly kind: 'repository'; readonly repository: Repository }
  | {
      readonly kind: 'no-git-program' | 'not-a-repository' | 'no-commit' | 'bare'
      readonly message: string
      /** The next command. */
      readonly hint: string
    }

export interface Head {
  readonly commit: Oid
  readonly tree: Oid
  /** Short branch name; absent when HEAD is detached. */
  readonly branch?: string
}

/** Paths from the top of the working tree, sorted. */
export interface DirtyPaths {
  /** Differ between HEAD, index and working files. */
  readonly tracked: string[]
  /** Neither in the index nor ignored. */
  readonly untracked: string[]
}

export interface ChangedPath {
  readonly path: string
  readonly status: 'added' | 'modified' | 'deleted' | 'type-changed'
}

export interface NamedRef {
  readonly ref: string
  readonly oid: Oid
}

export interface RefUpdate {
  /** What the ref must be at now; `null`: it must not exist. Absent: whatever it is. */
  readonly expected?: Oid | null
  /** Stands in the reflog, where there is one. */
  readonly reason: string
}

export interface WorktreeRequest {
  /** Absolute path outside the workspace's files. */
  readonly path: string
  readonly commit: Oid
  /** Stands in the worktree's lock: names run, host, pid and start time. */
  readonly owner: WorktreeOwner
}

export interface WorktreeOwner extends ProcessIdentity {
  readonly run: string
}

/** A worktree of ours. */
export interface Worktree {
  /** Real path. */
  readonly path: string
  /** Its git directory, inside the common one. */
  readonly adminDir: string
  readonly commit: Oid
}

export type WorktreeHealth = { readonly kind: 'intact' } | { readonly kind: 'broken'; readonly why: string }

export interface WorktreeEntry {
  readonly path: string
  readonly commit?: Oid
  /** Short name; absent when HEAD is detached. */
  readonly branch?: string
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

export interface SnapshotRequest {
  /** Path of a worktree of ours. */
  readonly worktree: string
  /** The tree that was checked out there. */
  readonly base: Oid
  /** What is known of the worktree's files; without it all are read. */
  readonly known?: KnownFiles
  /** Paths from the top whose content is not the worktree's to change. Default: `.spec`. */
  readonly exclude?: readonly string[]
}

export interface SnapshotProblem {
  /** From the top of the worktree; `.` for the worktree itself. */
  readonly path: string
  readonly why: string
}

export type SnapshotOutcome =
  | {
      readonly kind: 'snapshot'
      readonly tree: Oid
      readonly changed: readonly string[]
      /** Paths under `exclude` that differed from the base and were left as there. */
      readonly discarded: readonly string[]
      /** Pipes, sockets and devices that nothing hides: no tree can hold them. */
      readonly leftOut: readonly string[]
    }
  /** Something in the worktree must not enter a commit: nested repositories, gitlinks, escaping links, a replaced `.git`. */
  | { readonly kind: 'refused'; readonly problems: readonly SnapshotProblem[] }

export interface BundleRequest {
  readonly file: string
  readonly commit: Oid
  /** Commits that whoever reads the bundle has. */
  readonly exclude: readonly Oid[]
}

export type BundleOutcome = { readonly kind: 'bundle' } | { readonly kind: 'empty' }

export type UnbundleOutcome =
  /** `commits` are now in the repository. */
  | { readonly kind: 'unbundled'; readonly commits: readonly Oid[] }
  | {
      readonly kind: 'refused'
      readonly reason: 'not-a-bundle' | 'missing-commits' | 'damaged'
      readonly missing: readonly Oid[]
      readonly message: string
    }

/** Three trees. */
export interface MergeRequest {
  readonly base: Oid
  readonly ours: Oid
  readonly theirs: Oid
}

/** How the two sides are called in conflict markers; characters that no branch name may hold become `-`. */
export interface MergeLabels {
  readonly ours: string
  readonly theirs: string
}

export type MergeOutcome =
  | { readonly kind: 'clean'; readonly tree: Oid }
  /** `tree` holds conflict markers in `paths`. */
  | { readonly kind: 'conflict'; readonly tree: Oid; readonly paths: readonly string[]; readonly messages: string }

export interface AdvanceRequest {
  /** Short branch name. */
  readonly branch: string
  readonly from: Oid
  readonly to: Oid
  /** How long another program may hold the index before the move is refused. Default: three seconds. */
  readonly indexWaitMs?: number
}

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
        | 'index-damaged'
      readonly paths: readonly string[]
      readonly message: string
    }

export interface SaveOptions {
  /** The ref (`refs/…`) that keeps the work found in a worktree. */
  readonly saveRef: (entry: WorktreeEntry) => string | Promise<string>
  /** Ignored files of a worktree, from its top, that are saved as well. Default: none. */
  readonly alsoSave?: (path: string) => Promise<readonly string[]>
  /** ISO 8601, for the commits that keep work; default: now. */
  readonly at?: string
}

export interface SweepOptions extends SaveOptions {
  /** These worktrees are left alone, even when the process is gone. */
  readonly keep: (owner: WorktreeOwner, path: string) => boolean
  /** Whether nobody has worked in a worktree since it was taken back: what differs in it is nobody's work. */
  readonly isUnused?: (path: string) => Promise<boolean>
}

/** Where work is that was saved. */
export interface SavedWork {
  readonly ref: string
  readonly commit: Oid
}

export type SweptWorktree = { readonly path: string; readonly owner: WorktreeOwner } & (
  | { readonly kind: 'removed' }
  | ({ readonly kind: 'saved' } & SavedWork)
  | { readonly kind: 'kept'; readonly why: string }
)
