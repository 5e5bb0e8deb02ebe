import type { StoreNoticeCode } from '@nx-conduct/store'
import type { FailureReason } from '../step/outcome.ts'

/** What a run tells a person besides its progress, by code. `docs/reference/notices.md` lists them; a test compares. */
export const notices = {
  'approval-not-asked': 'a phase says `Approval: required`, which is not asked for yet',
  'artifact-ignored': 'an artifact that Nx brought was not used; the run log decided',
  'base-url-ignored': 'a `.env` file of the repository sets `ANTHROPIC_BASE_URL`',
  'branch-moved': 'the branch got commits during the run; the result is merged with them and proven again',
  'finished-before': 'a run was killed after its branch had moved; its end is recorded now',
  'flaky-gate': 'a gate failed and then passed on the same tree',
  'lease-lost': 'another process took over a step; its result counts',
  'lfs-pointers': 'checkouts have the pointers of files in Git LFS, not their contents',
  'lockfile-not-regenerated': 'the package manager could not make a lockfile again from merged manifests',
  'merge-conflict': 'modules or phases conflict; the synthesis-architect runs',
  'no-test-command': 'a phase names no test command',
  rehearsal: 'a score cannot be played as it is written',
  'repository-refs-changed': 'branches, tags or the stash changed while an agent or a command worked',
  'repository-restored': 'something changed refs or worktrees of the run; they are put back',
  'repository-settings-changed':
    'settings, hooks or rules of the repository changed while an agent or a command worked',
  'result-kept':
    'the branch was not moved; the result is on a branch of its own, and the command to take it is printed',
  'setup-changed-files': '`setup:` changes files of the repository; they are put back as they are committed',
  'setup-skipped': '`setup:` did not run, because the tree has neither a lockfile nor a declared input',
  'spec-edit-discarded': 'an agent changed the spec; that was left out',
  'spec-not-committed': 'the spec differs from HEAD; its draft is built, the result keeps the committed file',
  'special-files-left-out': 'an agent left pipes, sockets or devices; no tree can hold them',
  'submodules-absent': 'checkouts have empty folders in place of submodules',
  'transcript-lost': 'the transcript of a session cannot be written; the session continues',
  'work-kept': "an agent's work could not be recorded; it stays in its worktree for the next run",
  'work-taken-up': "an agent's work that an earlier process could not record is recorded now",
  'worktree-reclaimed': 'a worktree of a dead process was removed; unfinished work is kept on a ref',
} as const

/** The same of the run log. */
export const storeNotices: Readonly<Record<StoreNoticeCode, string>> = {
  'log-damaged': 'an entry or a snapshot of the log cannot be read; it continues from its last valid event',
  'log-put-back': 'something else moved the log without entries that were recorded; it is put back',
  'log-forged': 'something wrote entries in the name of this process; they are taken out of the log',
  'log-not-compacted': 'objects of the log could not be packed',
  'lease-not-released': 'a lease could not be given back; it expires',
  'stale-lock-removed': 'a lock of a dead process was removed',
  'fence-repaired': 'the counter of fences was damaged; it continues above every known fence',
  'remote-unreachable': 'the shared repository cannot be reached; the log is shown as it was last seen',
  'redis-unreachable': 'Redis cannot be used; the run continues on git, or pauses where Redis is required',
  'redis-paused': 'the run waits for a required Redis',
  'redis-back': 'Redis can be used again',
  'redis-behind': 'the mirror was behind and is brought up to date',
  'redis-foreign': 'the mirror had another history and is rebuilt',
  'redis-incomplete': 'a part of the mirror was lost; it is rebuilt',
  'redis-mirror': 'the mirror could not be written',
  'redis-unchecked': "the server's settings cannot be read",
  'redis-version': 'the server is too old',
  'redis-eviction': 'the server may evict the mirror',
  'redis-persistence': 'the server keeps nothing on disk',
  'redis-replica': 'the server is a replica',
}

export type NoticeCode = keyof typeof notices | StoreNoticeCode

/** Why a step fails, by reason. */
export const failures: Readonly<Record<FailureReason, string>> = {
  'no-spec': 'there is no spec',
  'name-taken': 'two specs of the repository have one name',
  'spec-has-errors': 'the spec does not compile',
  'spec-changed': 'the spec changed after Nx had made its graph',
  'no-git-program': 'git is missing or too old',
  'not-a-repository': 'the workspace is in no git repository',
  'no-commit': 'the repository has no commit',
  bare: 'the repository has no working files',
  'unknown-phase': 'the spec has no such phase',
  'unknown-module': 'the phase has no such module',
  'already-merged': 'a phase to be redone is part of the branch',
  rehearsal: 'there is no key, or the score cannot be read',
  log: 'the run log refused an event or cannot be written',
  git: 'git failed',
  machine: 'the system refused something: a full disk, a missing right',
  redis: 'a required Redis cannot be used',
  setup: 'the setup command failed',
  ownership: 'an agent changed paths that its module does not own, twice',
  escalated: 'a gate stayed red, and a person has to decide',
  'conflict-markers': 'a synthesis left conflict markers',
  'escaping-link': 'merged, links lead out of the tree',
  'refused-work': 'an agent left something that may not enter a commit',
  'repository-changed': 'an agent changed a branch, a tag or the stash; the next run takes its work',
  'out-of-budget': 'an agent reached a limit before it reported',
  'agent-refused': 'the model refused',
  'agent-format': 'an agent ended without a report',
  'agent-unavailable': 'the agent or its service cannot be used',
  'branch-rewritten': "the branch no longer contains the run's base; nothing was moved",
  'does-not-merge': 'the branch moved and does not go together with the result; nothing was moved',
  internal: 'a fault of nx-conduct',
}
