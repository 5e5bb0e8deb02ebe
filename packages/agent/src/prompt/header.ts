import type { Assignment } from '../contract.ts'

/** Who a session is, as programs read it: the attributes of the prompt's first line. */
export interface SessionHeader {
  readonly role: string
  readonly spec: string
  readonly phase: string
  readonly module?: string
  /** Number of the fix round, from 1; `2` for the synthesis after one that was refused. */
  readonly round?: string
}

/** The first line of every prompt: `<assignment role="…" spec="…" phase="…" module="…" round="…"/>`. */
export function writeHeader(assignment: Assignment): string {
  const attributes: readonly (readonly [string, string | undefined])[] = [
    ['role', assignment.role],
    ['spec', assignment.spec],
    ['phase', assignment.phase.id],
    ['module', assignment.module?.name],
    ['round', roundOf(assignment)],
  ]
  const text = attributes.flatMap(([name, value]) => (value === undefined ? [] : `${name}="${escapeAttribute(value)}"`))
  return `<assignment ${text.join(' ')}/>`
}

function roundOf({ failure, conflict }: Assignment): string | undefined {
  if (failure) return String(failure.round)
  return conflict?.refused === undefined ? undefined : '2'
}

/** Reads what `writeHeader` wrote, from the first line of a prompt; undefined when there is none. */
export function readHeader(prompt: string): SessionHeader | undefined {
  const line = /^<assignment ([^\n]*)\/>/.exec(prompt)
  if (!line) return undefined
  const found = new Map<string, string>()
  for (const [, name, value] of (line[1] ?? '').matchAll(/([a-z]+)="([^"]*)"/g))
    if (name !== undefined && value !== undefined) found.set(name, unescapeAttribute(value))
  const [role, spec, phase] = [found.get('role'), found.get('spec'), found.get('phase')]
  if (role === undefined || spec === undefined || phase === undefined) return undefined
  const [module, round] = [found.get('module'), found.get('round')]
  return { role, spec, phase, ...(module === undefined ? {} : { module }), ...(round === undefined ? {} : { round }) }
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<>"'\p{Cc}]/gu, (character) => `&#${character.codePointAt(0)};`)
}

function unescapeAttribute(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
}
