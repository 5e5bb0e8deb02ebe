import { type Oid, withFiles } from '@nx-conduct/git'
import { builtFile, type Phase } from '@nx-conduct/spec'
import type { RunContext } from '../run/context.ts'
import { inRepository } from '../run/workspace.ts'
import { builtText } from './built.ts'
import { displacedIn } from './satisfied.ts'

/** A phase's tree with the entries that say which slices it holds. `base`: the tree that the phase is based on. */
export async function withBuilt(
  context: Pick<RunContext, 'plan' | 'workspace'>,
  phase: Phase,
  { base, tree }: { readonly base: Oid; readonly tree: Oid },
): Promise<Oid> {
  const { workspace } = context
  const written = [phase, ...(await displacedIn(context, phase, base))]
  const files = written.map((each) => [
    inRepository(workspace, builtFile(workspace.specFolder, each.slug)),
    builtText(each),
  ])
  return withFiles(workspace.repository, tree, Object.fromEntries(files))
}
