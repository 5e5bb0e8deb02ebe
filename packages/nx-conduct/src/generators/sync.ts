import { dirname } from 'node:path/posix'
import { globAsync, type Tree } from '@nx/devkit'
import {
  compile,
  defaultSpecName,
  type Plan,
  phaseFile,
  phaseFileText,
  phasesFolder,
  printableLine,
  specGlob,
} from '@nx-conduct/spec'

/**
 * Writes each phase's compiled slice to `<spec folder>/phases/<slug>/phase.json`, so that a changed phase is a
 * reviewable diff and selects exactly that phase in `nx affected`. Specs with errors are left alone: the graph shows them.
 */
export default async function sync(tree: Tree): Promise<{ outOfSyncMessage?: string }> {
  const stale: string[] = []
  for (const specFile of await globAsync(tree, [specGlob])) {
    const plan = compile(tree.read(specFile, 'utf8') ?? '', { defaultName: defaultSpecName(specFile) })
    if (plan.diagnostics.some(({ severity }) => severity === 'error')) continue
    stale.push(...syncSpec(tree, plan, dirname(specFile)))
  }
  return stale.length === 0
    ? {}
    : { outOfSyncMessage: `The compiled phases are not those of their spec: ${stale.map(printableLine).join(', ')}` }
}

function syncSpec(tree: Tree, plan: Plan, specFolder: string): readonly string[] {
  const wanted = new Map(plan.phases.map((phase) => [phaseFile(specFolder, phase.slug), phaseFileText(phase)]))
  const stale: string[] = []
  for (const [path, text] of wanted) {
    if (tree.read(path, 'utf8') === text) continue
    stale.push(path)
    tree.write(path, text)
  }
  const folder = phasesFolder(specFolder)
  for (const slug of tree.exists(folder) ? tree.children(folder) : []) {
    const path = phaseFile(specFolder, slug)
    if (wanted.has(path) || !tree.exists(path)) continue
    stale.push(path)
    tree.delete(path)
  }
  return stale
}
