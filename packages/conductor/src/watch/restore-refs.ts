import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ChangedRef, type Oid, type RefsRead, readCommit, refsBelow, updateRef, userHeads } from '@nx-conduct/git'
import type { SpecRefs } from '@nx-conduct/spec'
import type { RunLog } from '@nx-conduct/store'
import { conductIdentity } from '../run/identity.ts'
import type { Workspace } from '../run/workspace.ts'
import { isJudged, isWrong, type OwnFacts } from './own-refs.ts'

export interface RestoreContext {
  readonly workspace: Pick<Workspace, 'repository' | 'objects'>
  readonly log: Pick<RunLog, 'state'>
  readonly refs: SpecRefs
  /** Where the checkouts are. */
  readonly folder: string
}

/** Puts back what no conductor can have done to the refs of a run. Returns what that was. */
export async function restoreRefs(
  context: RestoreContext,
  changes: readonly ChangedRef[],
  now: RefsRead,
): Promise<readonly string[]> {
  const { refs, workspace } = context
  const judged = changes.filter(({ ref }) => isJudged(ref, refs))
  if (judged.length === 0) return []
  const facts = await ownFacts(context, now)
  const restored: string[] = []
  for (const change of judged) {
    if (!(await isWrong(change, refs, facts))) continue
    const { ref, before, after } = change
    // Where somebody moves it meanwhile, that is judged after the next agent or command.
    const update = { expected: after ?? null, reason: 'conduct: put back' }
    if (!(await updateRef(workspace.repository, ref, before, update))) continue
    restored.push(`${ref} (it ${after === undefined ? 'was deleted' : `was put at ${after.slice(0, 12)}`})`)
  }
  return restored
}

async function ownFacts({ workspace, log, refs, folder }: RestoreContext, now: RefsRead): Promise<OwnFacts> {
  const { repository, objects } = workspace
  const { runs } = await log.state()
  const accepted = Object.values(runs).flatMap(({ complete }) => Object.values(complete).map(({ commit }) => commit))
  return {
    accepted: new Set(accepted),
    archived: new Set(refsBelow(now, `${refs.archives}/`).values()),
    async isMerged(commit: Oid) {
      // In any checkout: `clean` may have been run there.
      for (const head of (await userHeads(repository, [now])).on) {
        if (await objects.isAncestor(commit, head).catch(() => false)) return true
      }
      return false
    },
    marksEpoch: (commit) =>
      readCommit(repository, commit).then(
        ({ authorEmail, message }) => authorEmail === conductIdentity.email && /^Epoch \d+ of phase /.test(message),
        () => false,
      ),
    isCheckout: (name) =>
      lstat(join(folder, name)).then(
        () => true,
        () => false,
      ),
  }
}
