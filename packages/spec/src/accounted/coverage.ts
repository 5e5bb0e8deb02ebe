import type { Nodes } from 'mdast'
import { type CompileOptions, readSpec } from '../compile.ts'
import type { Plan } from '../plan.ts'
import type { Source } from '../source.ts'
import type { Fate } from './claim.ts'
import { visibleLines } from './unread.ts'

/** What became of one line of a spec. */
export interface LineCoverage {
  /** From 1. */
  readonly line: number
  readonly text: string
  /** Without any, a line that is not blank is covered by a finding of its own. */
  readonly fates: readonly Fate[]
  /** Codes of the findings at this line. */
  readonly codes: readonly string[]
}

/** A spec with what became of each of its lines. */
export interface Coverage {
  readonly plan: Plan
  readonly lines: readonly LineCoverage[]
  /** Lines that are neither blank nor accounted for; none, unless the compiler has a fault. */
  readonly lost: readonly number[]
}

/**
 * Compiles a spec's text, and says of every line what it became: a setting, a phase's heading, a field, a description, context, markup,
 * hidden text, or a finding. Never throws.
 */
export function coverageOf(text: string, options: CompileOptions = {}): Coverage {
  const { plan, source, nodes, claims } = readSpec(text, options)
  const fates: Fate[][] = source.lines.map(() => [])
  for (const { start, end, fate } of claims) {
    const last = source.lineOf(Math.max(start, end - 1))
    for (let line = source.lineOf(start); line <= last; line++) {
      const at = fates[line]
      if (at !== undefined && !at.some((one) => sameFate(one, fate))) at.push(fate)
    }
  }
  const silent = silentLines(nodes, source)
  const codes = codesByLine(plan, source.lines.length)
  const lines = source.lines.map((start, at): LineCoverage => {
    const shown = source.text.slice(start, (source.lines[at + 1] ?? source.text.length + 1) - 1)
    const quiet = silent[at]
    return {
      line: at + 1,
      text: shown,
      fates: shown.trim() === '' ? [] : quiet !== undefined ? [quiet] : (fates[at] ?? []),
      codes: codes[at] ?? [],
    }
  })
  const lost = lines.filter((one) => one.text.trim() !== '' && one.fates.length === 0 && one.codes.length === 0)
  return { plan, lines, lost: lost.map(({ line }) => line) }
}

function sameFate(one: Fate, other: Fate): boolean {
  if (one === other) return true
  if (one.kind !== other.kind) return false
  const phase = 'phase' in one && 'phase' in other ? one.phase === other.phase : true
  return phase && (one.kind !== 'field' || other.kind !== 'field' || one.field === other.field)
}

function codesByLine({ diagnostics }: Plan, count: number): readonly string[][] {
  const codes: string[][] = Array.from({ length: count }, () => [])
  for (const { code, range } of diagnostics) {
    // A finding about something that runs over many lines stands at the first; one about text that is read nowhere is about all of it.
    const last = code === 'unread-text' ? range.end.line : range.start.line
    for (let line = range.start.line; line <= last; line++) {
      const at = codes[line - 1]
      if (at !== undefined && !at.includes(code)) at.push(code)
    }
  }
  return codes
}

const MARKUP: Fate = { kind: 'markup' }
const HIDDEN: Fate = { kind: 'hidden' }

/** The lines inside blocks on which the page shows no text: the ends of fences, rules below headings and heads of tables, comments. */
function silentLines(nodes: readonly Nodes[], source: Source): readonly (Fate | undefined)[] {
  const silent: (Fate | undefined)[] = source.lines.map(() => undefined)
  for (const node of nodes) {
    if (node.type === 'yaml' || node.type === 'definition' || node.type === 'thematicBreak') continue
    const visible = new Set(visibleLines(node, source))
    const from = source.lineOf(node.position?.start.offset ?? 0)
    const to = source.lineOf(Math.max(0, (node.position?.end.offset ?? 0) - 1))
    for (let line = from; line <= to; line++) {
      if (visible.has(line)) continue
      const text = source.text.slice(source.lines[line] ?? 0, source.lines[line + 1] ?? source.text.length)
      silent[line] =
        /[\p{L}\p{N}]/u.test(text) && !/^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)*[`~]{3}/.test(text) ? HIDDEN : MARKUP
    }
  }
  return silent
}
