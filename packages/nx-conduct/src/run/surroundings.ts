import { dirname } from 'node:path/posix'
import type { ExecutorContext } from '@nx/devkit'
import { type Surroundings, withoutSecretsOf } from '@nx-conduct/conductor'
import { printable } from '@nx-conduct/spec'

/** What an executor takes from Nx and the process. */
export interface Executor extends Pick<Surroundings, 'clock' | 'env' | 'signal'> {
  readonly root: string
  readonly parallel: number
  readonly projectRoots: Readonly<Record<string, string>>
  readonly print: (line: string) => void
}

/** The one place that reads Nx's context and the process. */
export function executorOf(context: ExecutorContext, signal: AbortSignal): Executor {
  const redacted = withoutSecretsOf(process.env)
  return {
    root: context.root,
    env: process.env,
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    parallel: parallelOf(context),
    projectRoots: Object.fromEntries(
      Object.entries(context.projectsConfigurations.projects)
        .filter(([, { tags }]) => !tags?.some((tag) => tag.startsWith('conduct:')))
        .map(([name, { root }]) => [name, root]),
    ),
    signal,
    // Lines hold what agents, specs and repositories say: nothing of it steers the terminal or shows a secret.
    print: (line) => process.stdout.write(`${printable(redacted(line))}\n`),
  }
}

/** Nx's default when nx.json says nothing. */
const nxParallel = 3

function parallelOf(context: ExecutorContext): number {
  const wished = Number(process.env['NX_PARALLEL'] ?? context.nxJsonConfiguration.parallel ?? nxParallel)
  return Number.isInteger(wished) && wished > 0 ? wished : nxParallel
}

/** What somebody who stopped the steps of these specs has to know: that nothing is lost, and the command that resumes. */
export function howToGoOn(context: ExecutorContext, specFiles: readonly string[]): string {
  const folders = new Set(specFiles.map((file) => dirname(file)))
  const commands = Object.entries(context.projectsConfigurations.projects).flatMap(([name, { root }]) =>
    folders.has(root) ? [`npx nx run ${name}:conduct`] : [],
  )
  return `Finished steps are kept; go on with: ${commands.join(' && ')}`
}
