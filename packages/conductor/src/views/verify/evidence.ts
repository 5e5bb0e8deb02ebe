import { type Json, memberOf, textOf } from './json.ts'
import type { Entry } from './read-log.ts'
import { isSame, type Required } from './required.ts'

/** The evidence of a log by tree, each with the number of its event. */
export class EvidenceBook {
  readonly #byTree = new Map<string, { readonly seq: number; readonly evidence: Json }[]>()

  constructor(entries: readonly Entry[]) {
    for (const { seq, type, body } of entries) {
      if (type !== 'evidence.recorded') continue
      const evidence = memberOf(body, 'evidence')
      const tree = textOf(evidence, 'tree')
      this.#byTree.set(tree, [...(this.#byTree.get(tree) ?? []), { seq, evidence }])
    }
  }

  /** Those of the gates that no evidence before event `before` shows to have passed on the tree in the environment. */
  missing(gates: readonly Required[], tree: string, environment: string, before: number): readonly Required[] {
    const there = this.#at(tree, before).filter((evidence) => evidence['environment'] === environment)
    return gates.filter((gate) => !there.some((evidence) => isPassed(evidence) && isSame(gate, evidence)))
  }

  /** As {@link missing}, in the environment where the fewest are. */
  missingAnywhere(gates: readonly Required[], tree: string, before: number): readonly Required[] {
    const environments = new Set(this.#at(tree, before).map((evidence) => textOf(evidence, 'environment')))
    const each = [...environments].map((environment) => this.missing(gates, tree, environment, before))
    return each.reduce((one, other) => (other.length < one.length ? other : one), gates)
  }

  #at(tree: string, before: number): readonly Json[] {
    return (this.#byTree.get(tree) ?? []).filter(({ seq }) => seq < before).map(({ evidence }) => evidence)
  }
}

function isPassed({ outcome, exitCode }: Json): boolean {
  return outcome === 'passed' && (exitCode === undefined || exitCode === 0)
}
