import { labelKey } from './label-key.ts'

/** What a label without the word "command" says of the commands below it: `test` that they are the phase's tests, `other` that somebody is to run them. */
export type GateLabel = 'test' | 'other'

const TEST = /^(?:automated |unit |integration |e2e |regression )?tests?(?: suites?| runs?)?$/
const OTHER =
  /^(?:(?:manual |automated |final |local |quick |phase )?(?:verify|verification|verifications|validate|validation|validations|run|check|checks|testing|ci|build and test|smoke tests?|quality gates?|gates?|sanity checks?|proof|commands?|shell commands?)(?: (?:with|by|it|steps?|plan|commands?|this|via|using))?|(?:how to|to) (?:test|verify|validate|check|run)|test (?:plan|steps|strategy|with|by)|tested (?:by|with)|verified (?:by|with)|validated (?:by|with))$/

/** The kind of gate that a label may stand for, by its words alone. */
export function gateLabel(words: string): GateLabel | undefined {
  const key = labelKey(words)
  return TEST.test(key) ? 'test' : OTHER.test(key) ? 'other' : undefined
}
