import { listFiles, type Oid, type Repository, readFileAt } from '@nx-conduct/git'
import type { Phase, Plan } from '@nx-conduct/spec'

/** Stands in the tree at `<spec folder>/phases/<slug>/built.json` and says which slice the tree holds. */
export interface Built {
  readonly version: 1
  readonly slice: string
  readonly modules: Readonly<Record<string, readonly string[] | null>>
}

export function builtPath(specFolder: string, phaseSlug: string): string {
  return `${specFolder}/phases/${phaseSlug}/built.json`
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
  const pattern = new RegExp(`^${escapeRegExp(specFolder)}/phases/([^/]+)/built\\.json$`)
  for (const path of await listFiles(repository, tree, `${specFolder}/phases`)) {
    const slug = pattern.exec(path)?.[1]
    if (slug === undefined) continue
    const slice = sliceIn(await readFileAt(repository, tree, path))
    if (slice !== undefined) found.set(slug, slice)
  }
  return found
}

function sliceIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    const value = JSON.parse(text) as Partial<Built> | null
    return typeof value?.slice === 'string' ? value.slice : undefined
  } catch {
    return undefined
  }
}

/**
 * Slugs of the phases that a tree holds for their current slice. The slug a slice was built under may
 * differ from today's (renumbered phases); phases with equal slices each need an entry of their own.
 */
export function satisfiedPhases(plan: Plan, built: ReadonlyMap<string, string>): ReadonlySet<string> {
  const left = new Map(built)
  const satisfied = new Set<string>()
  for (const phase of plan.phases) {
    if (left.get(phase.slug) === phase.digest) {
      left.delete(phase.slug)
      satisfied.add(phase.slug)
    }
  }
  for (const phase of plan.phases) {
    if (satisfied.has(phase.slug)) continue
    const entry = [...left].find(([, slice]) => slice === phase.digest)
    if (!entry) continue
    left.delete(entry[0])
    satisfied.add(phase.slug)
  }
  return satisfied
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
