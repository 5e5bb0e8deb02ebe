import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createBundle, type Oid, unbundle } from '@nx-conduct/git'
import { phaseBySlug } from '@nx-conduct/spec'
import type { StepName, StepSource } from '@nx-conduct/store'
import type { Conduct } from '../run/conduct.ts'
import { ConductProblem } from '../run/problem.ts'
import { epochOf } from './keys.ts'

/** What a step hands on as files, so that any machine with the repository can go on from it. */
export interface Artifact {
  readonly version: 1
  readonly step: StepName
  readonly phase: string
  readonly module?: string
  readonly source: StepSource
  /** The phase's epoch when it was made: an artifact of an earlier one is refused. */
  readonly epoch: number
  readonly tree: Oid
  readonly commit: Oid
  readonly details: Readonly<Record<string, unknown>>
}

export interface ArtifactPlace {
  readonly step: StepName
  /** Slug of the phase. */
  readonly phase: string
  /** Slug of the module. */
  readonly module?: string
}

/** Workspace-relative folder of a step's artifact. Folders of different steps are disjoint. */
export function artifactFolder(spec: string, place: ArtifactPlace): string {
  return ['.conduct', spec, place.phase, place.step, ...(place.module ? [place.module] : [])].join('/')
}

/** Writes a step's artifact. Each file appears whole: another process may write and read the same artifact. */
export async function writeArtifact(conduct: Conduct, place: ArtifactPlace, artifact: Artifact): Promise<void> {
  const folder = join(conduct.root, artifactFolder(conduct.plan.name, place))
  await mkdir(folder, { recursive: true })
  await ignoreArtifacts(conduct.root)
  const making = await mkdtemp(join(conduct.root, '.conduct', `making-${conduct.holder.pid}-`))
  try {
    await writeFile(join(making, 'result.json'), `${JSON.stringify(artifact, null, 2)}\n`)
    await writeFile(join(making, 'tree'), `${artifact.tree}\n`)
    const bundled =
      artifact.commit === conduct.run.head.commit
        ? { kind: 'empty' }
        : await createBundle(conduct.repository, {
            file: join(making, 'commits.bundle'),
            commit: artifact.commit,
            exclude: [conduct.run.head.commit],
          })
    if (bundled.kind === 'empty') await rm(join(folder, 'commits.bundle'), { force: true })
    // `tree` last: it is what later steps wait for.
    for (const name of [...(bundled.kind === 'empty' ? [] : ['commits.bundle']), 'result.json', 'tree']) {
      await rename(join(making, name), join(folder, name))
    }
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}

/** The process that makes an artifact in a folder of `.conduct`; undefined when it is no such folder. */
export function halfMadeBy(name: string): number | undefined {
  const pid = /^making-(\d+)-/.exec(name)?.[1]
  return pid === undefined ? undefined : Number(pid)
}

/** `.conduct` hides itself from git, so that writing it touches nothing of the user's. */
async function ignoreArtifacts(root: string): Promise<void> {
  const file = join(root, '.conduct', '.gitignore')
  await writeFile(file, '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/** Reads a dependency's artifact and makes sure that its commit is here and carries its tree. */
export async function readArtifact(conduct: Conduct, place: ArtifactPlace): Promise<Artifact> {
  const folder = artifactFolder(conduct.plan.name, place)
  const file = join(conduct.root, folder, 'result.json')
  let artifact: Artifact
  try {
    artifact = JSON.parse(await readFile(file, 'utf8')) as Artifact
  } catch (cause) {
    throw missing(conduct, folder, 'it cannot be read', { cause })
  }
  if (await isStale(conduct, place, artifact))
    throw missing(conduct, folder, 'it is of a phase that has been redone since')
  if ((await treeHere(conduct, artifact.commit)) === undefined) {
    const bundle = join(dirname(file), 'commits.bundle')
    const taken = await unbundle(conduct.repository, bundle)
    if (taken.kind === 'refused')
      throw missing(conduct, folder, `its commit ${artifact.commit} is not here, and ${taken.message}`)
  }
  const tree = await treeHere(conduct, artifact.commit)
  if (tree !== artifact.tree)
    throw missing(conduct, folder, `its commit ${artifact.commit} does not carry the tree ${artifact.tree}`)
  return artifact
}

/** Nx's cache may hold what was deliberately redone, on this machine or another. */
async function isStale({ plan, log }: Conduct, place: ArtifactPlace, artifact: Artifact): Promise<boolean> {
  const phase = phaseBySlug(plan, place.phase)
  return artifact.epoch !== (phase ? epochOf(plan, await log.state(), phase) : 0)
}

/** Tree of a commit, undefined when the repository has no such commit. */
function treeHere(conduct: Conduct, commit: Oid): Promise<Oid | undefined> {
  return conduct.facts.treeOf(commit).catch(() => undefined)
}

function missing(
  { plan: { name: spec } }: Conduct,
  folder: string,
  why: string,
  options?: ErrorOptions,
): ConductProblem {
  return new ConductProblem(
    'artifact-missing',
    `the artifact ${folder} of an earlier step is of no use: ${why}`,
    `Run again: npx nx run ${spec}:conduct, and if that does not help with --skip-nx-cache (finished work comes from the run log, not from agents).`,
    options,
  )
}
