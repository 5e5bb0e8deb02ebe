import { decisiveLines } from '../../checkouts/decisive-lines.ts'
import type { GateReport } from '../../gates/prove.ts'
import { describeRule } from '../../gates/registry.ts'

/** A gate that failed, with the lines that say why. */
export function whyRed({ gate, rule, output }: GateReport): readonly string[] {
  const why = decisiveLines(output).split('\n').filter(Boolean)
  return [`  gate      ${gate}: ${describeRule(gate, rule)}`, ...why.map((line) => `            ${line}`)]
}
