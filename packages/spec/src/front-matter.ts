import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import type { Findings, Span } from './findings.ts'

/** A YAML value with its place in the spec. Aliases are resolved; keys are unique and harmless. */
export type Value =
  | {
      readonly form: 'scalar'
      readonly value: string | number | boolean | null
      readonly written: string
      readonly span: Span
    }
  | { readonly form: 'list'; readonly items: readonly Value[]; readonly span: Span }
  | { readonly form: 'map'; readonly entries: readonly Entry[]; readonly span: Span }

export interface Entry {
  readonly key: string
  readonly keySpan: Span
  readonly value: Value
}

const MAX_LENGTH = 65_536
const MAX_VALUES = 10_000
const MAX_DEPTH = 32
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Reads YAML that begins at `offset` of the spec. Whatever it holds, the work is bounded and every problem has its place. */
export function readYaml(yaml: string, offset: number, findings: Findings): Value | undefined {
  const whole = { start: offset, end: offset + Math.min(yaml.length, 3) }
  if (yaml.length > MAX_LENGTH) {
    findings.add('yaml-too-large', whole, {
      message: `the settings have ${yaml.length} characters; ${MAX_LENGTH} are allowed`,
      hint: 'put text into sections of the spec; settings are a few lines',
    })
    return undefined
  }
  const nested = nesting(yaml)
  if (nested > MAX_DEPTH) {
    tooDeep(findings, whole)
    return undefined
  }
  const document = parseDocument(yaml, {
    uniqueKeys: true,
    lineCounter: new LineCounter(),
    prettyErrors: false,
    merge: false,
  })
  for (const error of document.errors.slice(0, 20)) {
    const span = { start: offset + error.pos[0], end: offset + Math.max(error.pos[1], error.pos[0] + 1) }
    if (error.code === 'DUPLICATE_KEY') {
      findings.add('yaml-duplicate-key', span, {
        message: 'this key stands twice in the same map',
        hint: 'keep one of the two',
      })
    } else if (error.code === 'TAB_AS_INDENT' || tabAt(yaml, error.pos[0]) !== undefined) {
      const at = offset + (tabAt(yaml, error.pos[0]) ?? error.pos[0])
      findings.add(
        'yaml-syntax',
        { start: at, end: at + 1 },
        {
          message: 'a tab indents this line, and YAML takes only spaces',
          hint: 'write two spaces for each tab',
        },
      )
    } else
      findings.add('yaml-syntax', span, {
        message: `this is not YAML: ${error.message.split('\n')[0] ?? ''}`,
        hint: 'quote text that holds ": ", "#" or brackets',
      })
  }
  if (document.errors.some((error) => error.code !== 'DUPLICATE_KEY') || document.contents === null) return undefined
  const state: State = { document, offset, findings, left: MAX_VALUES, whole, stopped: false }
  return readNode(state, document.contents, 0)
}

/** Where a tab is in the indentation of the line of `at`. */
function tabAt(yaml: string, at: number): number | undefined {
  const start = yaml.lastIndexOf('\n', at - 1) + 1
  const lead = yaml.slice(start).match(/^[ \t]*/)?.[0] ?? ''
  const tab = lead.indexOf('\t')
  return tab < 0 ? undefined : start + tab
}

interface State {
  readonly document: Document.Parsed
  readonly offset: number
  readonly findings: Findings
  readonly whole: Span
  left: number
  stopped: boolean
}

function readNode(state: State, node: unknown, depth: number): Value {
  const span = spanOf(state, node)
  const nothing: Value = { form: 'scalar', value: null, written: '', span }
  if (state.stopped) return nothing
  if (--state.left < 0 || depth > MAX_DEPTH) {
    state.stopped = true
    tooDeep(state.findings, span)
    return nothing
  }
  if (isAlias(node)) return readNode(state, node.resolve(state.document), depth + 1)
  if (isSeq(node)) return { form: 'list', items: node.items.map((item) => readNode(state, item, depth + 1)), span }
  if (isMap(node)) return { form: 'map', entries: node.items.flatMap((pair) => readPair(state, pair, depth)), span }
  if (!isScalar(node)) return nothing
  const { value } = node
  const written = node.source ?? String(value ?? '')
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return { form: 'scalar', value, written, span }
  return { ...nothing, written }
}

function readPair(state: State, pair: Pair, depth: number): readonly Entry[] {
  const keySpan = spanOf(state, pair.key)
  const key = isScalar(pair.key)
    ? typeof pair.key.value === 'number'
      ? (pair.key.source ?? String(pair.key.value))
      : String(pair.key.value)
    : undefined
  if (key === undefined) {
    state.findings.add('wrong-type', keySpan, { message: 'a key has to be plain text' })
    return []
  }
  if (FORBIDDEN.has(key)) {
    state.findings.add('forbidden-key', keySpan, { message: `"${key}" cannot be a key`, hint: 'take another name' })
    return []
  }
  return [{ key, keySpan, value: readNode(state, pair.value, depth + 1) }]
}

function spanOf(state: State, node: unknown): Span {
  const range = (node as Node | null)?.range
  if (!range) return state.whole
  return { start: state.offset + range[0], end: state.offset + Math.max(range[1], range[0]) }
}

function tooDeep(findings: Findings, span: Span): void {
  findings.add('too-complex', span, {
    message: `this grows past ${MAX_VALUES} values or ${MAX_DEPTH} levels when it is read`,
    hint: 'write the values out, without aliases that refer to aliases',
  })
}

/** An upper bound of how deep brackets and indentation nest; cheap, so that the parser's recursion stays small. */
function nesting(yaml: string): number {
  let depth = 0
  let deepest = 0
  for (const char of yaml) {
    if (char === '[' || char === '{') deepest = Math.max(deepest, ++depth)
    else if (char === ']' || char === '}') depth = Math.max(0, depth - 1)
  }
  for (const line of yaml.split('\n')) {
    const lead = line.match(/^[ ]*(?:(?:[-?:] )+)?/)?.[0] ?? ''
    const marks = lead.trim() === '' ? 0 : lead.trim().split(/\s+/).length
    deepest = Math.max(deepest, marks)
    if (lead.length - lead.trimStart().length > 400) return Number.POSITIVE_INFINITY
  }
  return deepest
}
