import { createHash } from 'node:crypto'
import type { Evidence } from './event.ts'

/** What a proof is about: which check, in which version, by which rule, on which tree, in which environment. */
export type Proof = Pick<Evidence, 'gate' | 'version' | 'rule' | 'base' | 'tree' | 'environment'>

/**
 * The key evidence is looked up by, 64 hex digits. The gates `test` and `regression` share their keys: the same command
 * on the same tree in the same environment is the same proof, whichever phase asks for it.
 */
export function evidenceKey({ gate, version, rule, base, tree, environment }: Proof): string {
  const proves = gate === 'regression' ? 'test' : gate
  return createHash('sha256')
    .update(JSON.stringify([proves, version, rule, base ?? null, tree, environment]))
    .digest('hex')
}
