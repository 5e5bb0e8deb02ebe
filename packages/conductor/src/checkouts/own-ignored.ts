import { ignoredFiles, openRepository, unfitRules } from '@nx-conduct/git'
import { madeBySetup } from './setup-record.ts'

/** More ignored files than this are a build's or a package manager's, not a person's. */
const mostIgnored = 5_000

/** The ignored files of a worktree that setup did not make. */
export async function ignoredOfItsOwn(path: string): Promise<readonly string[]> {
  const opened = await openRepository(path)
  if (opened.kind !== 'repository' || (await unfitRules(path)).length > 0) return []
  const isMade = await madeBySetup(path)
  const files = await ignoredFiles(opened.repository, mostIgnored).catch(() => undefined)
  return files?.filter((file) => !isMade(file)) ?? []
}
