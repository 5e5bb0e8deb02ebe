import { openRepository, processIdentity } from '@nx-conduct/git'
import { type Event, type HistoryReport, openRunLog, type StoreNotice, verifyHistory } from '@nx-conduct/store'
import { ConductProblem } from '../run/problem.ts'
import { toProblem } from '../run/to-problem.ts'

/**
 * The events of a spec's run log in the repository at `root`, in order; `onNotice` is told what could not be read. Throws
 * `ConductProblem` without a repository, and where the log cannot be read at all.
 */
export async function* readHistory(
  root: string,
  spec: string,
  onNotice: (notice: StoreNotice) => void,
): AsyncGenerator<Event, void, void> {
  const { commonDir } = await repositoryAt(root)
  const log = await openRunLog({
    commonDir,
    spec,
    holder: processIdentity(),
    now: () => new Date(),
    onNotice,
  })
  try {
    yield* log.events()
  } catch (error) {
    throw toProblem(error) ?? error
  } finally {
    await log.close()
  }
}

/** Holds the log and the repository against the promises, with code that the log's own reader does not share. */
export async function checkHistory(root: string, spec: string): Promise<HistoryReport> {
  const { commonDir } = await repositoryAt(root)
  return verifyHistory(commonDir, spec)
}

async function repositoryAt(root: string) {
  const opened = await openRepository(root)
  if (opened.kind !== 'repository') throw new ConductProblem(opened.kind, opened.message, opened.hint)
  return opened.repository
}
