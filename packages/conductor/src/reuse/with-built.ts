import { type Oid, withFiles } from '@nx-conduct/git'
import { builtFile, type Phase, phaseFile, phaseFileText } from '@nx-conduct/spec'
import type { RunContext } from '../run/context.ts'
import { inRepository } from '../run/workspace.ts'
import { builtText } from './built.ts'
import { displacedIn } from './satisfied.ts'

/**
 * A phase's tree with the entries that say which slices it holds, and with the compiled slices themselves, as `nx sync` would write
 * them: so `nx affected` is exact after the run. The slices of a spec that is not committed are left out: `nx sync` reads the
 * committed one there. `base`: the tree that the phase is based on.
 */
export async function withBuilt(
  context: Pick<RunContext, 'plan' | 'workspace' | 'run'>,
  phase: Phase,
  { base, tree }: { readonly base: Oid; readonly tree: Oid },
): Promise<Oid> {
  const { workspace, plan, run } = context
  const { specFolder } = workspace
  const files: Record<string, string | undefined> = {}
  const write = (path: string, text: string | undefined) => {
    files[inRepository(workspace, path)] = text
  }
  for (const each of [phase, ...(await displacedIn(context, phase, base))]) {
    write(builtFile(specFolder, each.slug), builtText(each))
    if (run.specCommitted) write(phaseFile(specFolder, each.slug), phaseFileText(each))
  }
  if (run.specCommitted) {
    const slugs = new Set(plan.phases.map(({ slug }) => slug))
    for (const slug of (await workspace.objects.built(base)).keys()) {
      if (!slugs.has(slug)) write(phaseFile(specFolder, slug), undefined)
    }
  }
  return withFiles(workspace.repository, tree, files)
}
