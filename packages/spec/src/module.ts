import { type Entry, placeIn } from './entry.ts'
import type { Findings, Span } from './findings.ts'
import { nameProblem, slugOf } from './name.ts'
import { looksLikePath, pathProblem, tidyPath } from './path.ts'
import type { Module } from './plan.ts'
import type { Source } from './source.ts'

/** Reads module fields: `api (packages/api/**), docs`, or a list with a module in each item. Names that cannot be a path, ref or project are errors. */
export function readModules(entries: readonly Entry[], source: Source, findings: Findings): readonly Module[] {
  const modules: Module[] = []
  const spans = new Map<string, { name: string; span: Span }>()
  for (const entry of entries) {
    let from = entry.start
    for (const written of splitModules(entry)) {
      // The whole first: a short name may be part of the paths of the module before.
      const whole = placeIn(source, entry, written, from)
      const span = placeIn(source, entry, firstWord(written), Math.max(from, whole.start))
      const module = readModule(written, span, entry, source, findings)
      from = whole.start > entry.start || whole.end < entry.end ? whole.end : span.end
      if (module === undefined) continue
      const slug = slugOf(module.name)
      const before = spans.get(slug)
      if (before !== undefined) {
        findings.add('duplicate-module', span, {
          message:
            before.name === module.name
              ? `module "${module.name}" is named twice in this phase`
              : `modules "${before.name}" and "${module.name}" would share the name "${slug}" in paths, refs and targets`,
          hint: 'name each module once, with names that differ in letters or digits',
          related: [{ message: `"${before.name}" is named here`, span: before.span }],
        })
        continue
      }
      spans.set(slug, { name: module.name, span })
      modules.push({ ...module, slug, implicit: false, range: source.range(span.start, span.end) })
    }
  }
  return modules
}

/** The module of a phase that declares none, named after it. */
export function implicitModule(title: string, span: Span, source: Source): Module {
  const slug = slugOf(title === '' ? 'all' : title)
  return { name: slug, slug, implicit: true, range: source.range(span.start, span.end) }
}

/** Whether the list below an item names nothing but the paths that the module owns. */
export function ownsNested(entry: Entry): boolean {
  const children = entry.children ?? []
  return children.length > 0 && !entry.text.includes('(') && children.every((child) => pathOf(child) !== undefined)
}

function pathOf({ text, rest }: Entry): string | undefined {
  const path = text.replaceAll('`', '').trim()
  return rest === undefined && looksLikePath(path) ? path : undefined
}

function splitModules(entry: Entry): readonly string[] {
  if (ownsNested(entry)) return [`${entry.text.replace(/:$/, '')} (${(entry.children ?? []).map(pathOf).join(', ')})`]
  if (entry.form === 'fence') return entry.text.split('\n').map((line) => line.trim())
  if (entry.form === 'row') {
    const [name = '', ...rest] = entry.cells ?? []
    const paths = rest
      .map((cell) => cell.replaceAll('`', '').trim())
      .filter((cell) => cell.split(/[\s,]+/).every((word) => looksLikePath(word)))
    return [paths.length === 0 ? name : `${name} (${paths.join(', ')})`]
  }
  if (entry.form === 'item' && /^[^,]*?(?:\s[-–—]\s|:\s|\()/.test(entry.text)) return [entry.text]
  return splitOutside(entry.text)
}

/** Splits at commas, semicolons and "and" outside brackets and backticks. */
function splitOutside(text: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let code = false
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '`') code = !code
    else if (!code && (char === '(' || char === '{')) depth++
    else if (!code && (char === ')' || char === '}')) depth = Math.max(0, depth - 1)
    if (code || depth > 0) continue
    const joint = text.slice(at).match(/^(?:[,;]\s*(?:and\s+)?|\s+(?:and|&|\+)\s+)/)
    if (joint === null) continue
    parts.push(text.slice(start, at))
    at += joint[0].length - 1
    start = at + 1
  }
  parts.push(text.slice(start))
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function readModule(
  written: string,
  span: Span,
  entry: Entry,
  source: Source,
  findings: Findings,
): { name: string; paths?: readonly string[] } | undefined {
  const bracket = written.match(/\(([^()]*(?:\([^()]*\)[^()]*)*)\)/)
  const inside = words(bracket?.[1] ?? '')
  const outside = written.replace(bracket?.[0] ?? '', ' ').trim()
  const lead = outside.match(/^`([^`]*)`/)?.[1] ?? outside.split(/\s+[-–—]+\s|:\s|:$|\s+→\s/)[0] ?? ''
  const behind = words(outside.match(/(?:\s[-–—]+|:)\s+(.*)$/)?.[1] ?? '')
  const plain = lead
    .replaceAll('`', '')
    .replace(/^(?:\p{Extended_Pictographic}|\u{fe0f}|\s)+/u, '')
    .replace(/[.:]$/, '')
    .trim()
  if (plain === '' || /^(?:n\/?a|none|nothing|tbd|[-–—]+|all|n\.a)$/i.test(plain)) return undefined
  const named =
    inside.length > 0 && inside.every(looksLikePath)
      ? inside
      : behind.length > 0 && behind.every(looksLikePath)
        ? behind
        : []
  const glob = plain.match(/^([^*{?]*?)\/?(?:\*|\{|\?).*$/)
  const name = glob === null ? tidyPath(plain) : tidyPath(glob[1] ?? '')
  const paths = (glob === null ? named : [plain, ...named]).map(tidyPath)
  const problem = nameProblem(name)
  if (problem !== undefined) {
    const shown = name.length > 60 ? `${name.slice(0, 57)}…` : name
    findings.add('invalid-name', span, {
      message: `"${shown}" cannot be a module's name: ${problem}`,
      hint: `module names become paths, git refs and Nx targets; write for example "${slugOf(name)}"`,
    })
    return undefined
  }
  const problems = paths.map(pathProblem)
  paths.forEach((path, index) => {
    const wrong = problems[index]
    if (wrong === undefined) return
    findings.add('invalid-path', placeIn(source, entry, path, span.start), {
      message: `module "${name}" cannot own "${path}": ${wrong}`,
      hint: `write globs from the workspace's root, for example ${name} (packages/${slugOf(name)}/**)`,
    })
  })
  if (problems.some((wrong) => wrong !== undefined)) return { name }
  return paths.length === 0 ? { name } : { name, paths }
}

function firstWord(written: string): string {
  return written.match(/[^\s`*(),;:]+/)?.[0] ?? written
}

function words(text: string): readonly string[] {
  return text
    .replaceAll('`', ' ')
    .split(/[\s,;]+/)
    .filter((word) => word !== '')
}
