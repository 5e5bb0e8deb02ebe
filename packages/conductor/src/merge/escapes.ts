import { type EscapingLink, escapingLinks, type Oid, type Repository } from '@nx-conduct/git'
import type { StepFailure } from '../step/outcome.ts'

/** Links of a merged tree that lead out of it and did not do so in the base: harmless apart, they can escape together. */
export function newEscapes(repository: Repository, tree: Oid, base: Oid): Promise<readonly EscapingLink[]> {
  return escapingLinks(repository, tree, { allowedIn: base })
}

/** The failure of a merge whose tree has such links. Nothing of the tree is checked out. */
export function escapesFailure(spec: string, links: readonly EscapingLink[]): StepFailure {
  const named = links.map(({ path, target, through }) => `${path} -> ${target}${viaText(through)}`).join(', ')
  return {
    kind: 'failed',
    reason: 'escaping-link',
    message: `merged, these links lead out of the tree: ${named}`,
    hint: `Say in the phase's gotchas that links must stay in the repository, commit, then run: npx nx run ${spec}:conduct`,
  }
}

function viaText(through: readonly string[]): string {
  return through.length === 0 ? '' : ` (through ${through.join(', ')})`
}
