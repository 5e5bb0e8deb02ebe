import type { Oid, Repository } from '@nx-conduct/git'
import type { StepFailure } from '../step/outcome.ts'

/** Links of a merged tree that lead out of it and did not do so in the base: harmless apart, they can escape together. */
export async function newEscapes(
  _repository: Repository,
  _tree: Oid,
  _base: Oid,
): Promise<readonly { readonly path: string; readonly target: string }[]> {
  return []
}

/** The failure of a merge whose tree has such links. Nothing of the tree is checked out. */
export function escapesFailure(
  spec: string,
  links: readonly { readonly path: string; readonly target: string }[],
): StepFailure {
  const named = links.map(({ path, target }) => `${path} -> ${target}`).join(', ')
  return {
    kind: 'failed',
    reason: 'escaping-link',
    message: `merged, these links lead out of the tree: ${named}`,
    hint: `Say in the phase's gotchas that links must stay in the repository, commit, then run: npx nx run ${spec}:conduct`,
  }
}
