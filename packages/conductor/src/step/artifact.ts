import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createBundle, type Oid, unbundle } from '@nx-conduct/git'
import { artifactFolder, artifactRoot, type StepLocation } from '@nx-conduct/spec'
import { parseStepResult, type ResultOf, type StepResult } from '@nx-conduct/store'
import type { RunContext } from '../run/context.ts'
import { objectIn } from '../run/json-object.ts'
import type { Yield } from './outcome.ts'
import { isOf } from './record-once-per-key.ts'

type ArtifactContext = Pick<RunContext, 'workspace' | 'plan' | 'run'>

/** A step's recorded result as files that Nx can carry: a cache of the run log, believed only under the expected key. */
interface ArtifactFile {
  readonly version: typeof artifactVersion
  readonly key: string
  /** Trees of the steps it was made from. */
  readonly inputs: readonly Oid[]
  readonly summary: string
  readonly result: StepResult
}

const artifactVersion = 3
const resultFile = 'result.json'
const treeFile = 'tree'
const bundleFile = 'commits.bundle'
/** Takes the place of the other files where Nx would otherwise keep a result under another result's hash. */
const markerFile = 'marker.json'

/** Writes a step's artifact. Each file appears whole: another process may write and read the same artifact. */
export async function writeArtifact(
  context: ArtifactContext,
  at: StepLocation,
  { key, result, summary }: Yield,
  inputs: readonly Oid[],
): Promise<void> {
  const { workspace, run } = context
  const artifact: ArtifactFile = { version: artifactVersion, key, inputs, summary, result }
  await replaceFiles(context, at, async (folder) => {
    await writeFile(join(folder, resultFile), `${JSON.stringify(artifact, null, 2)}\n`)
    await writeFile(join(folder, treeFile), `${result.tree}\n`)
    if (result.commit === run.base.commit) return [resultFile, treeFile]
    const bundled = await createBundle(workspace.repository, {
      file: join(folder, bundleFile),
      commit: result.commit,
      exclude: [run.base.commit],
    })
    // `tree` last: it is what later steps wait for.
    return bundled.kind === 'empty' ? [resultFile, treeFile] : [bundleFile, resultFile, treeFile]
  })
}

/**
 * Writes a marker in place of an artifact: Nx computed this step's hash from other trees than the step worked with, and must
 * not keep its result under that hash. Whoever finds a marker looks the step up in the run log.
 */
export async function writeMarker(context: ArtifactContext, at: StepLocation, inputs: readonly Oid[]): Promise<void> {
  await replaceFiles(context, at, async (folder) => {
    const text = `${JSON.stringify({ version: artifactVersion, marker: 'look this step up in the run log', inputs })}\n`
    await writeFile(join(folder, markerFile), text)
    return [markerFile]
  })
}

async function replaceFiles(
  { workspace, plan }: ArtifactContext,
  at: StepLocation,
  write: (folder: string) => Promise<readonly string[]>,
): Promise<void> {
  const folder = join(workspace.root, artifactFolder(plan.name, at))
  await mkdir(folder, { recursive: true })
  await ignoreArtifacts(workspace.root)
  const making = await mkdtemp(join(workspace.root, artifactRoot, `making-${process.pid}-`))
  try {
    const names = await write(making)
    for (const name of [treeFile, markerFile, bundleFile, resultFile]) {
      if (!names.includes(name)) await rm(join(folder, name), { force: true })
    }
    for (const name of names) {
      // A user or an agent may delete `.conduct` at any time.
      await mkdir(folder, { recursive: true })
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
  const file = join(root, artifactRoot, '.gitignore')
  await writeFile(file, '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/** The tree that Nx sees of a step's artifact; undefined for a marker, and where there is none. */
export async function treeOnDisk({ workspace, plan }: ArtifactContext, at: StepLocation): Promise<string | undefined> {
  const file = join(workspace.root, artifactFolder(plan.name, at), treeFile)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text?.trim()
}

export type FoundArtifact<S extends StepResult['step']> =
  | { readonly kind: 'none' }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'found'; readonly result: ResultOf<S>; readonly summary: string }

/** Reads the artifact of a step whose key is known, and brings its commit into the repository. Never throws for what it finds. */
export async function readArtifact<S extends StepResult['step']>(
  context: ArtifactContext,
  at: StepLocation & { readonly step: S },
  key: string,
): Promise<FoundArtifact<S>> {
  const { workspace, plan } = context
  const folder = join(workspace.root, artifactFolder(plan.name, at))
  const text = await readFile(join(folder, resultFile), 'utf8').catch(() => undefined)
  if (text === undefined) return { kind: 'none' }
  const artifact = parseArtifact(text)
  if (artifact === undefined) return { kind: 'ignored', why: 'it cannot be read' }
  if (artifact.key !== key) return { kind: 'ignored', why: 'it was made from other inputs' }
  const { result, summary } = artifact
  if (!isOf(result, at.step)) return { kind: 'ignored', why: `it is the result of a step ${result.step}` }
  if ((await treeHere(workspace, result.commit)) === undefined) {
    const taken = await unbundle(workspace.repository, join(folder, bundleFile))
    if (taken.kind === 'refused') return { kind: 'ignored', why: `its commit is not here, and ${taken.message}` }
  }
  if ((await treeHere(workspace, result.commit)) !== result.tree)
    return { kind: 'ignored', why: `its commit ${result.commit} does not carry the tree ${result.tree}` }
  return { kind: 'found', result, summary }
}

function parseArtifact(text: string): ArtifactFile | undefined {
  const { version, key, summary, result } = objectIn(text) ?? {}
  const parsed = parseStepResult(result)
  if (version !== artifactVersion || typeof key !== 'string' || parsed === undefined) return undefined
  return { version, key, inputs: [], summary: typeof summary === 'string' ? summary : '', result: parsed }
}

/** Tree of a commit, undefined when the repository has no such commit. */
function treeHere({ objects }: RunContext['workspace'], commit: Oid): Promise<Oid | undefined> {
  return objects.treeOf(commit).catch(() => undefined)
}
