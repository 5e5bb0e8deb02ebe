import { closeRepository, listRefs, openRepository, processIdentity } from '@nx-conduct/git'
import { openRunLog } from '@nx-conduct/store'
import { ConductProblem } from '../run/problem.ts'
import { openWorkspace } from '../run/workspace.ts'

const logRef = /^refs\/conduct\/(.+)\/log$/

/**
 * The spec whose log has a run, as a path of the workspace; undefined where this repository has no such run. Throws `ConductProblem` where there
 * is no repository.
 */
export async function specOfRun(root: string, run: string, now: () => Date): Promise<string | undefined> {
  const opened = await openRepository(root)
  if (opened.kind !== 'repository') throw new ConductProblem(opened.kind, opened.message, opened.hint)
  const { repository } = opened
  try {
    const { prefix } = await openWorkspace(root, '.', repository)
    for (const { ref } of await listRefs(repository, 'refs/conduct')) {
      const spec = logRef.exec(ref)?.[1]
      if (spec === undefined) continue
      const log = await openRunLog({
        commonDir: repository.commonDir,
        spec,
        holder: processIdentity(),
        now,
        onNotice: () => undefined,
        readsOnly: true,
      })
      try {
        const file = (await log.state()).runs[run]?.opened.specFile
        if (file?.startsWith(prefix)) return file.slice(prefix.length)
      } finally {
        await log.close()
      }
    }
    return undefined
  } finally {
    await closeRepository(repository)
  }
}
