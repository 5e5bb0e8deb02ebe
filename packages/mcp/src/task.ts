import { realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { dirname } from 'node:path/posix'
import {
  type AgentContext,
  allTaken,
  asRun,
  type Checkpoint,
  type ModuleWorktree,
  moduleWorktrees,
  openRun,
  type RunContext,
  type RunStanding,
  reclaim,
  specOfRun,
  spendingNothing,
} from '@nx-conduct/conductor'
import { defaultSpecFile, type Module, type Phase } from '@nx-conduct/spec'
import type { Call } from './call.ts'
import { Refusal } from './refusal.ts'

/** A run as a caller sees it. */
export interface Task {
  readonly id: string
  readonly context: AgentContext
  readonly standing: RunStanding
}

const taskId = /^[0-9a-f]{16}$/

export interface Access {
  /** Whether the task has to be the one that goes on from HEAD, and may not have ended. */
  readonly isCurrent: boolean
  /** Whether what processes left that are gone is recovered first. */
  readonly recovers: boolean
}

/** Nothing changes. */
export const toLook: Access = { isCurrent: false, recovers: false }
/** Work is taken. */
export const toWork: Access = { isCurrent: true, recovers: true }
/** It may have ended before: then the caller gets the same answer once more. */
export const toEnd: Access = { isCurrent: false, recovers: true }

/** Opens a task for one call. */
export async function withTask<T>(
  call: Call,
  id: string,
  { isCurrent, recovers }: Access,
  use: (task: Task) => Promise<T>,
): Promise<T> {
  const { host } = call
  if (!taskId.test(id)) throw unknownTask(id)
  const specFile = await specOfRun(host.root, id, () => host.clock.now())
  if (specFile === undefined) throw unknownTask(id)
  return withRun(call, specFile, async (run) => {
    if (recovers) await reclaim(run, 'between calls of a client')
    const found = await asRun(run, id)
    if (found === undefined) throw unknownTask(id)
    const { context, standing } = found
    if (isCurrent && standing !== 'current') throw notCurrent(id, standing)
    return use({ id, context: spendingNothing(context), standing })
  })
}

/** Opens the run that goes on from HEAD. */
export async function withRun<T>(call: Call, specFile: string, use: (run: RunContext) => Promise<T>): Promise<T> {
  const { host, signal, report } = call
  const { root, env, clock, waits } = host
  const run = await openRun({
    root,
    specFile,
    env,
    clock,
    signal,
    report,
    ...(waits === undefined ? {} : { waits }),
  })
  try {
    const named = run.plan.phases.some(({ modules }) =>
      modules.some(({ implicit, paths }) => !implicit && !paths?.length),
    )
    const projectRoots = named ? await host.projectRoots() : {}
    return await use({ ...run, agents: { ...run.agents, projectRoots } })
  } finally {
    await run.checkouts.close()
    await run.close()
  }
}

function unknownTask(id: string): Refusal {
  return new Refusal(
    `there is no task ${JSON.stringify(id.slice(0, 80))} in this workspace`,
    'start_task gives the id of a task',
  )
}

function notCurrent(id: string, standing: Exclude<RunStanding, 'current'>): Refusal {
  return standing === 'finalized'
    ? new Refusal(`task ${id} has ended`, 'get_task_state shows how; start_task starts another one')
    : new Refusal(
        `task ${id} does not go on from here: the branch moved, or SPEC.md changed, since it started`,
        'start_task starts the task that goes on from here, and takes along what was made',
      )
}

/** The folder of the workspace that a caller named, as a workspace-relative path; `.` for the workspace itself. */
export async function folderInWorkspace({ root }: Call['host'], argument: string, path: string): Promise<string> {
  const top = await realpath(root)
  const real = await realPath(isAbsolute(path) ? path : resolve(top, path), argument)
  const way = relative(top, real)
  if (way === '') return '.'
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
    throw new Refusal(
      `${argument} leaves the workspace: ${JSON.stringify(path.slice(0, 200))}`,
      `pass a folder in ${top}`,
    )
  }
  return way.split(sep).join('/')
}

/** Throws `Refusal` for what is no folder. */
export async function realPath(path: string, argument: string): Promise<string> {
  if (path.includes('\0') || path.length > 4096) {
    throw new Refusal(`${argument} is no path`, 'pass the path of a folder')
  }
  return realpath(path).catch(() => {
    throw new Refusal(
      `${argument}: there is no folder ${JSON.stringify(path.slice(0, 200))}`,
      'pass the path of a folder',
    )
  })
}

/** The spec of a folder, as a workspace-relative path. */
export function specIn(folder: string): string {
  return folder === '.' ? defaultSpecFile : join(folder, defaultSpecFile).split(sep).join('/')
}

/** The phase of an id, a slug or a title. */
export function phaseOf({ plan }: Pick<AgentContext, 'plan'>, wanted: string): Phase {
  const name = wanted.replace(/^phase[- ]/i, '')
  const found =
    plan.phases.find(({ id, slug }) => id === name || slug === name || slug === wanted) ??
    plan.phases.find(({ title }) => title === wanted)
  if (found !== undefined) return found
  throw new Refusal(
    `there is no phase ${JSON.stringify(wanted.slice(0, 80))}; the plan has ${plan.phases.map(({ id, title }) => `${id} (${title})`).join(', ')}`,
    'get_task_state lists the phases',
  )
}

/** The module of a name or a slug. A phase without modules has one that owns everything, named after the phase. */
export function moduleOf(phase: Phase, wanted: string): Module {
  const found = phase.modules.find(({ name, slug }) => name === wanted || slug === wanted)
  if (found !== undefined) return found
  throw new Refusal(
    `phase ${phase.id} has no module ${JSON.stringify(wanted.slice(0, 80))}; it has ${phase.modules.map(({ name }) => name).join(', ')}`,
    'get_task_state lists the modules of each phase',
  )
}

/** The worktrees of a task, and all work that was taken. */
export async function stateOf(
  context: AgentContext,
): Promise<{ readonly worktrees: readonly ModuleWorktree[]; readonly taken: readonly Checkpoint[] }> {
  return { worktrees: await moduleWorktrees(context), taken: await allTaken(context) }
}

/** A task is about one spec, and that is in one workspace or a folder of it. */
export function refuseOtherWorkspace({ workspace }: AgentContext, argument: string, folder: string): void {
  const own = dirname(workspace.specFolder)
  if (folder === '.' || folder === own) return
  throw new Refusal(
    `${argument} is the folder of another spec: ${folder}; that of the task is ${own === '.' ? workspace.root : own}`,
    'leave it out',
  )
}

/** The worktrees of a phase that a caller means: all of them by the workspace, or one by its path. */
export async function chosenWorktrees(
  context: AgentContext,
  host: Call['host'],
  phase: Phase,
  path: string,
): Promise<readonly ModuleWorktree[]> {
  const own = (await moduleWorktrees(context)).filter((each) => each.phase === phase)
  if (own.length === 0) {
    throw new Refusal(
      `phase ${phase.id} has no worktree`,
      `create_worktree for ${phase.modules.map(({ name }) => name).join(', ')}`,
    )
  }
  const real = await realPath(isAbsolute(path) ? path : resolve(host.root, path), 'working_dir')
  const one = own.find(({ top, directory }) => real === directory || real === top)
  if (one !== undefined) return [one]
  const folder = await folderInWorkspace(host, 'working_dir', path).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal(
      `working_dir is neither the workspace nor a worktree of phase ${phase.id}: ${JSON.stringify(path.slice(0, 200))}`,
      'list_worktrees names the worktrees',
    )
  })
  refuseOtherWorkspace(context, 'working_dir', folder)
  return own
}
