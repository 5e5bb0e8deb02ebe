import { listFiles, type Oid, type Repository, readFileAt } from '@nx-conduct/git'
import { type Phase, phasesFolder } from '@nx-conduct/spec'
import { objectIn } from '../run/json-object.ts'

/** `<spec folder>/phases/<slug>/built.json` in a tree: names the slice that the tree holds. */
export interface Built {
  readonly version: 1
  readonly slice: string
  readonly modules: Readonly<Record<string, readonly string[] | null>>
}

export function builtText(phase: Phase): string {
  const built: Built = {
    version: 1,
    slice: phase.digest,
    modules: Object.fromEntries(phase.modules.map((module) => [module.slug, module.paths ?? null])),
  }
  return `${JSON.stringify(built, null, 2)}\n`
}

/** Slices that a tree says it holds, by the slug they were built under. Unreadable entries count as not built. */
export async function readBuilt(
  repository: Repository,
  tree: Oid,
  specFolder: string,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const pattern = new RegExp(`^${escapeRegExp(phasesFolder(specFolder))}/([^/]+)/built\\.json$`)
  for (const path of await listFiles(repository, tree, phasesFolder(specFolder))) {
    const slug = pattern.exec(path)?.[1]
    if (slug === undefined) continue
    const slice = sliceIn(await readFileAt(repository, tree, path))
    if (slice !== undefined) found.set(slug, slice)
  }
  return found
}

function sliceIn(text: string | undefined): string | undefined {
  const slice = text === undefined ? undefined : objectIn(text)?.['slice']
  return typeof slice === 'string' ? slice : undefined
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
