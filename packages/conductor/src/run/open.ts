import { readdir, readFile, realpath, rm, rmdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { listWorktrees, openRepository, processIdentity, sweepWorktrees } from '@nx-conduct/git'
import { compile, defaultSpecName, type Plan } from '@nx-conduct/spec'
import { type OpenRunLogOptions, openRunLog, type RunLog } from '@nx-conduct/store'
import pLimit from 'p-limit'
import { openRehearsal, type Rehearsal } from '../agents/rehearsal.ts'
import { checkoutOfNxState, commandEnvironment, makerOf } from '../checkouts/checkout.ts'
import { worktreeHome } from '../checkouts/places.ts'
import { factsOf } from '../reuse/object-cache.ts'
import { halfMadeBy } from '../step/artifact.ts'
import type { Progress } from '../views/progress.ts'
import type { Clock, Conduct } from './conduct.ts'
import { readEnvironment } from './environment.ts'
import { findRun } from './find-run.ts'
import { closeLanded } from './landing.ts'
import { ConductProblem } from './problem.ts'
import { secretsOf, withoutSecrets } from './secrets.ts'
import { problemIn } from './to-problem.ts'

export interface OpenOptions {
  /** Top of the workspace. */
  readonly root: string
  /** Workspace-relative path of the spec. */
  readonly specFile: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Nx's `parallel`: commands side by side, and agents where the spec sets no `concurrency`. */
  readonly parallel?: number
  readonly signal: AbortSignal
  readonly report: (progress: Progress) => void
  /** How the run log is opened; by default `openRunLog` of the store. */
  readonly openLog?: (options: OpenRunLogOptions) => Promise<RunLog>
}

/** Reads and compiles the spec of a workspace. Throws `ConductProblem` when it is not there or has errors. */
export async function loadPlan(root: string, specFile: string): Promise<{ plan: Plan; text: string }> {
  let text: string
  try {
    text = await readFile(join(root, specFile), 'utf8')
  } catch (cause) {
    throw new ConductProblem('no-spec', `there is no spec at ${specFile}`, 'Write one with: npx nx g nx-conduct:init', {
      cause,
    })
  }
  const plan = compile(text, { defaultName: defaultSpecName(specFile) })
  const errors = plan.diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) {
    const [first] = errors
    throw new ConductProblem(
      'spec-has-errors',
      `${specFile}:${first?.range.start.line}:${first?.range.start.column} ${first?.message ?? ''}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''}`,
      `See them all with: npx nx run ${plan.name}:lint`,
    )
  }
  return { plan, text }
}

/**
 * Opens the repository, the run log and the run that starts from HEAD. Takes over what dead processes left. Nothing is
 * written before the first step records something. Throws `ConductProblem`.
 */
export async function openConduct(options: OpenOptions): Promise<Conduct> {
  const { root, specFile, env, clock, signal } = options
  const { plan, text } = await loadPlan(root, specFile)
  const secrets = secretsOf(plan, env)
  const report = withoutSecrets(options.report, secrets)
  const opened = await openRepository(root)
  if (opened.kind !== 'repository') throw new ConductProblem(opened.kind, opened.message, opened.hint)
  const { repository } = opened
  const holder = await processIdentity()
  const rehearsal = await findRehearsal(root, plan, { env, report })
  const redisUrl = plan.settings.redis?.url ?? env['NX_CONDUCT_REDIS_URL'] ?? env['REDIS_URL']
  const openLog = options.openLog ?? openRunLog
  const log = await openLog({
    commonDir: repository.commonDir,
    spec: plan.name,
    holder,
    now: () => clock.now(),
    ...(redisUrl ? { redis: { url: redisUrl, mode: plan.settings.redis?.mode ?? 'preferred' } } : {}),
    ...(plan.settings.remote === undefined ? {} : { remote: plan.settings.remote }),
    onNotice: (notice) => report({ type: 'notice', ...notice }),
  }).catch((error: unknown) => {
    throw problemIn(error) ?? error
  })
  try {
    const run = await findRun({ repository, log, plan, specFile, specText: text, clock })
    const parallel = options.parallel ?? Math.max(1, availableParallelism())
    const environment = await readEnvironment(plan.settings, {
      cwd: root,
      commandEnv: commandEnvironment({ env, plan }),
      platform: process.platform,
      arch: process.arch,
    })
    return {
      root,
      specFile,
      specFolder: dirname(specFile),
      plan,
      repository,
      facts: factsOf(repository, dirname(specFile)),
      log,
      run,
      environment,
      clock,
      holder,
      env,
      secrets,
      home: worktreeHome(env, repository.commonDir),
      agentSlots: pLimit(plan.settings.concurrency ?? parallel),
      commandSlots: pLimit(parallel),
      rehearsal,
      signal,
      report,
      async close() {
        await rehearsal?.close()
        await log.close()
      },
    }
  } catch (error) {
    await log.close()
    throw error
  }
}

/**
 * Takes over what processes that are gone left: worktrees (work in them is kept on a ref, then they are removed),
 * half-written artifacts, and runs whose end nobody wrote down.
 */
export async function reclaim(conduct: Conduct): Promise<void> {
  await removeHalfMade(conduct.root)
  await closeLanded(conduct)
  const swept = await sweepWorktrees(conduct.repository, {
    // A process on another machine cannot be asked whether it is alive.
    keep: ({ host }) => host !== conduct.holder.host,
    saveRef: (entry) =>
      `refs/conduct/${conduct.plan.name}/saved/${entry.owner?.run ?? 'unknown'}/${entry.path.split('/').at(-1) ?? 'worktree'}`,
    at: conduct.clock.now().toISOString(),
  })
  await removeEmptied(conduct)
  await removeNxState(join(conduct.home, conduct.plan.name))
  for (const entry of swept) {
    conduct.report({
      type: 'notice',
      severity: entry.kind === 'kept' ? 'warning' : 'info',
      code: 'worktree-reclaimed',
      message:
        entry.kind === 'kept'
          ? `the worktree ${entry.path} of a process that is gone cannot be removed: ${entry.why}`
          : `removed the worktree ${entry.path} of a process that is gone${entry.kind === 'saved' ? `; its unfinished work is kept at ${entry.ref}` : ''}`,
    })
  }
}

/** Half-written artifacts of processes that were killed. */
async function removeHalfMade(root: string): Promise<void> {
  const folder = join(root, '.conduct')
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = halfMadeBy(name)
    if (pid !== undefined && !isRunning(pid)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** Folders of processes that were killed before git knew a worktree there. What is not empty is not for this to judge. */
async function removeEmptied({ home, plan, repository }: Conduct): Promise<void> {
  // As git names it: links in between are followed.
  const folder = await realpath(join(home, plan.name)).catch(() => undefined)
  if (folder === undefined) return
  const registered = new Set((await listWorktrees(repository)).map(({ path }) => path))
  for (const name of await readdir(folder)) {
    const maker = makerOf(name)
    if (maker === undefined || isRunning(maker) || registered.has(join(folder, name))) continue
    await rmdir(join(folder, name)).catch(() => undefined)
  }
}

/** Caches of Nx inside checkouts that are gone. */
export async function removeNxState(folder: string): Promise<void> {
  const names = new Set(await readdir(folder).catch(() => []))
  for (const name of names) {
    const checkout = checkoutOfNxState(name)
    if (checkout !== undefined && !names.has(checkout)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The score that plays the agents: the spec's, the one NX_CONDUCT_REHEARSAL names, or none when that says `off`. */
async function findRehearsal(
  root: string,
  plan: Plan,
  { env, report }: Pick<OpenOptions, 'env' | 'report'>,
): Promise<Rehearsal | undefined> {
  const wished = env['NX_CONDUCT_REHEARSAL']
  if (wished === 'off') return undefined
  const file = wished ?? plan.settings.agent.rehearsal
  if (file === undefined || file === '') return undefined
  let score: string
  try {
    score = await readFile(join(root, file), 'utf8')
  } catch (cause) {
    throw new ConductProblem(
      'rehearsal',
      `the score ${file} cannot be read`,
      'Write it, or set NX_CONDUCT_REHEARSAL=off to use the Messages API.',
      { cause },
    )
  }
  return openRehearsal({ file, score, forced: wished !== undefined }, report)
}
