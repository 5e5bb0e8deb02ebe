import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { dirname } from 'node:path/posix'
import { closeRepository, openRepository, processIdentity } from '@nx-conduct/git'
import { compile, defaultSpecName, type Plan, specRefs } from '@nx-conduct/spec'
import { type OpenRunLogOptions, openRunLog, type RunLog } from '@nx-conduct/store'
import pLimit from 'p-limit'
import { openRehearsal, type Rehearsal } from '../agents/rehearsal.ts'
import { reportAbsent } from '../checkouts/absent.ts'
import { checkoutsIn } from '../checkouts/checkout.ts'
import { commandEnvironment, commandsOf } from '../checkouts/commands.ts'
import { worktreeHome } from '../checkouts/places.ts'
import { RepositoryWatch } from '../watch/repository-watch.ts'
import type { RunContext } from './context.ts'
import { readEnvironment } from './environment.ts'
import { findRun } from './find-run.ts'
import { ConductProblem } from './problem.ts'
import { withoutSecretsIn } from './redacted-log.ts'
import { secretsOf, withoutSecrets } from './secrets.ts'
import { defaultWaits, type Surroundings, type Waits } from './surroundings.ts'
import { toProblem } from './to-problem.ts'
import { openWorkspace } from './workspace.ts'

export interface OpenOptions extends Omit<Surroundings, 'waits'> {
  /** Top of the workspace. */
  readonly root: string
  /** Workspace-relative path of the spec. */
  readonly specFile: string
  /** Nx's `parallel`: commands side by side, and agents where the spec sets no `concurrency`. */
  readonly parallel?: number
  /** Roots of the workspace's Nx projects, by name. */
  readonly projectRoots?: Readonly<Record<string, string>>
  readonly waits?: Waits
  /** How the run log is opened; by default `openRunLog` of the store. */
  readonly openLog?: (options: OpenRunLogOptions) => Promise<RunLog>
}

/** Reads and compiles the spec of a workspace. Throws `ConductProblem` when it is not there or has errors. */
export async function loadPlan(root: string, specFile: string): Promise<{ plan: Plan; text: string }> {
  let text: string
  try {
    text = await readFile(join(root, specFile), 'utf8')
  } catch (cause) {
    const folder = dirname(dirname(specFile))
    throw new ConductProblem(
      'no-spec',
      `there is no spec at ${specFile}`,
      `Write one with: npx nx g nx-conduct:spec${folder === '.' ? '' : ` ${folder}`}`,
      { cause },
    )
  }
  const plan = compile(text, { defaultName: defaultSpecName(specFile) })
  const [first, ...others] = plan.diagnostics.filter(({ severity }) => severity === 'error')
  if (first) {
    const { line, column } = first.range.start
    throw new ConductProblem(
      'spec-has-errors',
      `${specFile}:${line}:${column} ${first.message}${others.length > 0 ? ` (and ${others.length} more)` : ''}`,
      `See them all with: npx nx run ${plan.name}:lint`,
    )
  }
  return { plan, text }
}

/**
 * Opens the repository, the run log and the run that starts from HEAD. Nothing is written before the first step records
 * something. Throws `ConductProblem`.
 */
export async function openRun(options: OpenOptions): Promise<RunContext> {
  const { root, specFile, env, clock, signal } = options
  const { plan, text } = await loadPlan(root, specFile)
  const secrets = secretsOf(plan, env)
  const report = withoutSecrets(options.report, secrets)
  const opened = await openRepository(root)
  if (opened.kind !== 'repository') throw new ConductProblem(opened.kind, opened.message, opened.hint)
  const surroundings: Surroundings = { env, clock, signal, report, waits: options.waits ?? defaultWaits }
  const workspace = await openWorkspace(root, specFile, opened.repository)
  const { settings } = plan
  const commandEnv = commandEnvironment(settings, env)
  // Programs are started for it while the log is read.
  const { platform, arch } = process
  const environmentRead = readEnvironment(settings, { cwd: root, commandEnv, platform, arch })
  environmentRead.catch(() => undefined)
  const rehearsal = await findRehearsal(root, plan, surroundings)
  const log = withoutSecretsIn(await openLogOf({ ...options, report }, plan, opened.repository.commonDir), secrets)
  try {
    const run = await findRun({ workspace, log, plan, specText: text })
    const parallel = options.parallel ?? Math.max(1, availableParallelism())
    const environment = await environmentRead
    const checkouts = checkoutsIn(join(worktreeHome(env, opened.repository.commonDir), plan.name), workspace, {
      run: run.id,
      refs: specRefs(plan.name),
      env: commandEnv,
      pool: settings.pool,
      setupCacheBytes: settings.setupCacheBytes,
      onFirst: (commit) => reportAbsent(workspace, surroundings, commit),
    })
    const watch = new RepositoryWatch({ workspace, spec: plan.name, log, checkouts, report })
    return {
      workspace,
      plan,
      run,
      log,
      surroundings,
      commands: commandsOf(settings, environment, surroundings, { secrets, slots: pLimit(parallel), watch }),
      agents: {
        slots: pLimit(settings.concurrency ?? parallel),
        mayRun: true,
        rehearsal,
        secrets,
        projectRoots: options.projectRoots ?? {},
      },
      checkouts,
      watch,
      async close() {
        await rehearsal?.close()
        await log.close()
        await closeRepository(opened.repository)
      },
    }
  } catch (error) {
    await log.close()
    await closeRepository(opened.repository)
    throw error
  }
}

async function openLogOf(
  { env, clock, report, openLog = openRunLog }: OpenOptions,
  { name, settings: { redis, remote } }: Plan,
  commonDir: string,
): Promise<RunLog> {
  const url = redis?.url ?? env['NX_CONDUCT_REDIS_URL'] ?? env['REDIS_URL']
  try {
    return await openLog({
      commonDir,
      spec: name,
      holder: processIdentity(),
      now: () => clock.now(),
      ...(url ? { redis: { url, mode: redis?.mode ?? 'preferred' } } : {}),
      ...(remote === undefined ? {} : { remote }),
      onNotice: (notice) => report({ type: 'notice', ...notice }),
    })
  } catch (error) {
    throw toProblem(error) ?? error
  }
}

/** The score that plays the agents: the spec's, the one NX_CONDUCT_REHEARSAL names, or none when that is `off`. */
async function findRehearsal(
  root: string,
  plan: Plan,
  { env, report }: Pick<Surroundings, 'env' | 'report'>,
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
