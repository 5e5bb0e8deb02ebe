import type { ExecutorContext } from '@nx/devkit'
import type { Surroundings } from '@nx-conduct/conductor'

/** What an executor takes from Nx and the process. */
export interface Executor extends Pick<Surroundings, 'clock' | 'env' | 'signal'> {
  readonly root: string
  readonly parallel: number
  readonly projectRoots: Readonly<Record<string, string>>
  readonly print: (line: string) => void
}

/** The one place that reads Nx's context and the process. */
export function executorOf(context: ExecutorContext, signal: AbortSignal): Executor {
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
    print: (line) => process.stdout.write(`${line}\n`),
  }
}

/** Nx's default when nx.json says nothing. */
const nxParallel = 3

function parallelOf(context: ExecutorContext): number {
  const wished = Number(process.env['NX_PARALLEL'] ?? context.nxJsonConfiguration.parallel ?? nxParallel)
  return Number.isInteger(wished) && wished > 0 ? wished : nxParallel
}
