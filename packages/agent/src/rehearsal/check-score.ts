import { isAlias, isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument, type YAMLMap } from 'yaml'
import type { AgentReport, AgentRole, Verdict } from '../contract.ts'
import { roles } from '../roles.ts'
import { readVerdict } from '../tools/verdict.ts'
import {
  type Score,
  type ScoreProblem,
  type ScoreSession,
  type ScoreStop,
  type ScoreTool,
  type ScoreTurn,
  scoreStops,
} from './score.ts'

/** A score that can be played, or everything that keeps it from being one. */
export type ScoreCheck =
  | { readonly kind: 'score'; readonly score: Score }
  | { readonly kind: 'problems'; readonly problems: readonly ScoreProblem[] }

/**
 * Reads the YAML text of a score. Unknown keys, wrong types, aliases and duplicate keys are problems at their
 * line and column; all problems are reported, not the first alone. Never throws.
 */
export function checkScore(text: string): ScoreCheck {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, stringKeys: true })
  const reader = new ScoreReader(lines)
  for (const error of document.errors) reader.problem(error.pos[0], error.message.split('\n')[0] ?? error.message)
  const score = reader.problems.length === 0 ? reader.score(document.contents) : { sessions: [] }
  return reader.problems.length === 0 ? { kind: 'score', score } : { kind: 'problems', problems: reader.problems }
}

const toolKeys = ['bash', 'create', 'replace', 'insert', 'view'] as const
const turnKinds = ['tools', 'report', 'verdict', 'error', 'stop'] as const

class ScoreReader {
  readonly problems: ScoreProblem[] = []
  readonly #lines: LineCounter

  constructor(lines: LineCounter) {
    this.#lines = lines
  }

  problem(at: unknown, message: string, hint?: string): void {
    const { line, col } = this.#lines.linePos(offsetOf(at))
    this.problems.push({ line: Math.max(1, line), column: Math.max(1, col), message, ...(hint ? { hint } : {}) })
  }

  score(node: unknown): Score {
    const fields = this.#fields(node, 'the score', ['sessions'])
    const sessions = this.#items(fields?.get('sessions'), node, '`sessions`').map((item) => this.#session(item))
    return { sessions: sessions.filter((session) => session !== undefined) }
  }

  #session(node: unknown): ScoreSession | undefined {
    const fields = this.#fields(node, 'a session', ['role', 'phase', 'module', 'round', 'turns'])
    if (!fields) return undefined
    const role = this.#text(fields.get('role'), node, '`role`')
    if (role !== undefined && !isRole(role))
      this.problem(fields.get('role'), `\`${role}\` is no role`, `Roles: ${roles.join(', ')}.`)
    const turns = this.#items(fields.get('turns'), node, '`turns`').map((item) => this.#turn(item))
    const matchers: { phase?: string; module?: string; round?: string } = {}
    for (const key of ['phase', 'module', 'round'] as const) {
      if (!fields.has(key)) continue
      const value = this.#text(fields.get(key), node, `\`${key}\``)
      if (value !== undefined) matchers[key] = value
    }
    if (role === undefined || !isRole(role)) return undefined
    return { role, ...matchers, turns: turns.filter((turn) => turn !== undefined) }
  }

  #turn(node: unknown): ScoreTurn | undefined {
    const fields = this.#fields(node, 'a turn', ['say', 'delay', ...turnKinds])
    if (!fields) return undefined
    const kinds = turnKinds.filter((kind) => fields.has(kind))
    if (kinds.length > 1) this.problem(node, `A turn has one of ${listed(turnKinds)}, this one has ${listed(kinds)}`)
    if (kinds.length === 0 && !fields.has('say'))
      this.problem(node, `A turn needs \`say\` or one of ${listed(turnKinds)}`)
    const say = fields.has('say') ? this.#text(fields.get('say'), node, '`say`') : undefined
    const common = { ...(say === undefined ? {} : { say }), delayMs: this.#delay(fields.get('delay')) }
    switch (kinds[0]) {
      case 'report':
        return { ...common, kind: 'report', report: this.#report(fields.get('report')) }
      case 'verdict': {
        const verdict = this.#verdict(fields.get('verdict'))
        return verdict === undefined ? undefined : { ...common, kind: 'verdict', verdict }
      }
      case 'error':
        return { ...common, kind: 'error', ...this.#error(fields.get('error')) }
      case 'stop': {
        const reason = this.#text(fields.get('stop'), node, '`stop`')
        if (reason !== undefined && isStop(reason)) return { ...common, kind: 'stop', reason }
        this.problem(fields.get('stop'), `\`${reason}\` is no stop reason`, `One of: ${scoreStops.join(', ')}.`)
        return undefined
      }
      default: {
        const tools = fields.has('tools')
          ? this.#items(fields.get('tools'), node, '`tools`').map((item) => this.#tool(item))
          : []
        return { ...common, kind: 'work', tools: tools.filter((tool) => tool !== undefined) }
      }
    }
  }

  #tool(node: unknown): ScoreTool | undefined {
    const fields = this.#fields(node, 'a tool call', toolKeys)
    if (!fields) return undefined
    const used = toolKeys.filter((key) => fields.has(key))
    const tool = used[0]
    if (tool === undefined || used.length > 1) {
      this.problem(node, `A tool call has exactly one of ${listed(toolKeys)}`)
      return undefined
    }
    const value = fields.get(tool)
    if (tool === 'bash') return { tool, command: this.#text(value, node, '`bash`') ?? '' }
    if (tool === 'view') return { tool, path: this.#text(value, node, '`view`') ?? '' }
    const keys = { create: ['path', 'text'], replace: ['path', 'old', 'new'], insert: ['path', 'line', 'text'] }[tool]
    const inner = this.#fields(value, `\`${tool}\``, keys)
    const text = (key: string) => this.#text(inner?.get(key), value, `\`${tool}.${key}\``) ?? ''
    if (!inner) return undefined
    if (tool === 'create') return { tool, path: text('path'), text: text('text') }
    if (tool === 'replace') return { tool, path: text('path'), old: text('old'), new: text('new') }
    return {
      tool,
      path: text('path'),
      line: this.#whole(inner.get('line'), value, '`insert.line`'),
      text: text('text'),
    }
  }

  #report(node: unknown): AgentReport {
    const fields = this.#fields(node, '`report`', ['built', 'tests', 'issues'])
    const issues = fields?.has('issues') ? this.#items(fields.get('issues'), node, '`report.issues`', true) : []
    return {
      built: this.#text(fields?.get('built'), node, '`report.built`') ?? '',
      tests: this.#text(fields?.get('tests'), node, '`report.tests`') ?? '',
      issues: issues.map((item) => this.#text(item, node, 'an issue') ?? ''),
    }
  }

  /** What the verdict tool takes; `findings` and `criteria` may be left out. */
  #verdict(node: unknown): Verdict | undefined {
    if (!isMap(node)) {
      this.problem(node, '`verdict` is a mapping with `verdict`, `summary`, `findings` and `criteria`')
      return undefined
    }
    const read = readVerdict({ findings: [], criteria: [], ...node.toJSON() })
    if (read.kind === 'verdict') return read.verdict
    this.problem(node, `\`verdict\` cannot be read: ${read.problem}`)
    return undefined
  }

  #error(node: unknown): { status: number; type: string; message: string; retryAfterSeconds?: number } {
    const fields = this.#fields(node, '`error`', ['status', 'type', 'message', 'retryAfter'])
    const status = this.#whole(fields?.get('status'), node, '`error.status`')
    if (status < 400 || status > 599) this.problem(fields?.get('status') ?? node, '`error.status` is from 400 to 599')
    const type = this.#text(fields?.get('type'), node, '`error.type`') ?? ''
    const message = fields?.has('message') ? this.#text(fields.get('message'), node, '`error.message`') : undefined
    const retryAfterSeconds = fields?.has('retryAfter')
      ? this.#whole(fields.get('retryAfter'), node, '`error.retryAfter`')
      : undefined
    return {
      status,
      type,
      message: message ?? `The score answers this turn with ${status} ${type}.`,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    }
  }

  #delay(node: unknown): number {
    if (node === undefined) return 0
    const text = this.#text(node, node, '`delay`')
    const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m)$/.exec(text ?? '')
    if (!match) {
      if (text !== undefined)
        this.problem(node, '`delay` is a number with a unit', 'For example `200ms`, `1.5s` or `1m`.')
      return 0
    }
    return Math.round(Number(match[1]) * { ms: 1, s: 1000, m: 60_000 }[match[2] as 'ms' | 's' | 'm'])
  }

  #fields(node: unknown, what: string, keys: readonly string[]): Map<string, unknown> | undefined {
    if (!isMap(node)) {
      this.problem(node, `${capital(what)} is a mapping with ${listed(keys)}${isAlias(node) ? ', not an alias' : ''}`)
      return undefined
    }
    const fields = new Map<string, unknown>()
    for (const pair of (node as YAMLMap).items as Pair[]) {
      const key = isScalar(pair.key) ? String(pair.key.value) : ''
      if (keys.includes(key)) fields.set(key, pair.value ?? pair.key)
      else this.problem(pair.key, `\`${key}\` is unknown in ${what}`, `Known: ${keys.join(', ')}.`)
    }
    return fields
  }

  #items(node: unknown, parent: unknown, what: string, mayBeEmpty = false): readonly unknown[] {
    if (!isSeq(node)) {
      this.problem(node ?? parent, node === undefined ? `${capital(what)} is missing` : `${capital(what)} is a list`)
      return []
    }
    if (node.items.length === 0 && !mayBeEmpty) this.problem(node, `${capital(what)} is empty`)
    return node.items
  }

  #text(node: unknown, parent: unknown, what: string): string | undefined {
    if (isScalar(node) && typeof node.value === 'string') return node.value
    // As written: `2.10` is a phase, and `true` is a command.
    if (isScalar(node) && (typeof node.value === 'number' || typeof node.value === 'boolean')) return node.source ?? ''
    this.problem(node ?? parent, node === undefined ? `${capital(what)} is missing` : `${capital(what)} is a text`)
    return undefined
  }

  #whole(node: unknown, parent: unknown, what: string): number {
    if (isScalar(node) && typeof node.value === 'number' && Number.isSafeInteger(node.value) && node.value >= 0)
      return node.value
    this.problem(
      node ?? parent,
      node === undefined ? `${capital(what)} is missing` : `${capital(what)} is a whole number`,
    )
    return 0
  }
}

function offsetOf(at: unknown): number {
  if (typeof at === 'number') return at
  if (isScalar(at) || isMap(at) || isSeq(at) || isAlias(at)) return at.range?.[0] ?? 0
  return 0
}

function isRole(text: string): text is AgentRole {
  return (roles as readonly string[]).includes(text)
}

function isStop(text: string): text is ScoreStop {
  return (scoreStops as readonly string[]).includes(text)
}

function listed(keys: readonly string[]): string {
  return keys.map((key) => `\`${key}\``).join(', ')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
