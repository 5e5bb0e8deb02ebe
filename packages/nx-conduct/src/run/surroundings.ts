import { dirname } from 'node:path/posix'
import type { ExecutorContext } from '@nx/devkit'
import { type Surroundings, withoutSecretsOf } from '@nx-conduct/conductor'
import { printable } from '@nx-conduct/spec'
import { colourMarks, wantsColour, writesToTerminal } from './colour.ts'

/** What an executor takes from Nx and the process. */
export interface Executor extends Pick<Surroundings, 'clock' | 'env' | 'signal'> {
  readonly root: string
  readonly parallel: number
  readonly projectRoots: Readonly<Record<string, string>>
  readonly print: (line: string) => void
  /** A text as it may be shown: lines hold what agents, specs and repositories say, and nothing of it steers the terminal or shows a secret. */
  readonly clean: (text: string) => string
  /** Nx draws its terminal UI: what is printed is seen in a pane of the batch, until the UI closes. */
  readonly inTui: boolean
}

/** The one place that reads Nx's context and the process. */
export function executorOf(context: ExecutorContext, signal: AbortSignal): Executor {
  const redacted = withoutSecretsOf(process.env)
  const clean = (text: string) => printable(redacted(text))
  const shown = wantsColour(process.env, () => writesToTerminal(process)) ? colourMarks : (text: string) => text
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
    inTui: process.env['NX_TUI'] === 'true',
    clean,
    print: (line) => process.stdout.write(`${shown(clean(line))}\n`),
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
