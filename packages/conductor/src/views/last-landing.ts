import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { artifactFolder } from '@nx-conduct/spec'
import { satisfiedPhases } from '../reuse/satisfied.ts'
import type { RunContext } from '../run/context.ts'
import type { Landing } from '../run/finish-run.ts'
import { isObject, objectIn } from '../run/json-object.ts'

/** How the last run of this workspace ended: what the target `conduct` prints. It decides nothing. */
export interface LastLanding {
  readonly run: string
  readonly landing: Landing
}

function fileOf({ plan, workspace }: Pick<RunContext, 'plan' | 'workspace'>): string {
  return join(workspace.root, artifactFolder(plan.name, { phase: 'final', step: 'finalize' }), 'landing.json')
}

export async function writeLastLanding(
  context: Pick<RunContext, 'plan' | 'workspace' | 'run'>,
  landing: Landing,
): Promise<void> {
  const file = fileOf(context)
  await mkdir(dirname(file), { recursive: true })
  const last: LastLanding = { run: context.run.id, landing }
  await writeFile(file, `${JSON.stringify(last, null, 2)}\n`)
}

/** Undefined when there is none, or when the log and the tree do not agree with it. */
export async function readLastLanding({
  plan,
  workspace,
  run,
  log,
}: Pick<RunContext, 'plan' | 'workspace' | 'run' | 'log'>): Promise<LastLanding | undefined> {
  const text = await readFile(fileOf({ plan, workspace }), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const { run: id, landing } = objectIn(text) ?? {}
  if (typeof id !== 'string' || !isLanding(landing)) return undefined
  if (landing.kind === 'satisfied') {
    const satisfied = satisfiedPhases(plan, await workspace.objects.built(run.base.tree))
    return plan.phases.every(({ slug }) => satisfied.has(slug)) ? { run: id, landing } : undefined
  }
  const { finalized } = (await log.state()).runs[id] ?? {}
  return finalized?.to === landing.commit ? { run: id, landing } : undefined
}

function isLanding(value: unknown): value is Landing {
  if (!isObject(value)) return false
  const { kind, branch, commit, tree, why, command } = value
  const areTexts = (...all: readonly unknown[]) => all.every((each) => typeof each === 'string')
  if (kind === 'satisfied') return true
  if (kind === 'moved') return areTexts(branch, commit, tree)
  return kind === 'kept' && areTexts(branch, commit, tree, why, command)
}
