import { type Advice, adviceKinds } from './advice-kinds.ts'
import { typeCriterion } from './criterion.ts'
import type { Diagnostic, Range } from './diagnostic.ts'
import { looksLikePath } from './path.ts'
import type { Module, Phase, Plan } from './plan.ts'

/** Tasks and criteria of a phase for each of its modules, above which it is too large for one session of an agent. */
export const LARGE_PHASE = 15

/**
 * What would make a plan cheaper to run, in the order of the text: each with its reason as the hint, and the severity `info`. The setting `advice` leaves
 * out what it names. It is no part of the plan's diagnostics: a plan that takes none of it is a good plan.
 */
export function advise(plan: Plan): readonly Diagnostic[] {
  const { adviceOff = [] } = plan.settings
  if (adviceOff === 'all') return []
  return plan.phases
    .flatMap((phase) => [
      ...vacuous(phase),
      ...withoutPaths(phase),
      ...sharedPaths(phase),
      ...nearlyCheckable(phase),
      ...large(phase),
    ])
    .filter(({ code }) => !adviceOff.some((off) => off === code))
    .toSorted((a, b) => a.range.start.offset - b.range.start.offset)
}

function advice(code: Advice, range: Range, message: string): Diagnostic {
  return { code, severity: 'info', message, hint: adviceKinds[code], range }
}

/** The first line of a phase, which is its heading. */
function headOf({ range }: Phase): Range {
  return { start: range.start, end: range.start }
}

const SUCCEEDS = /^(?:true|:|exit(?:\s+0)?|(?:echo|printf)\b[^|;&]*)$/
const SWALLOWS = /(?:\|\||;)\s*(?:true|:|exit\s+0|(?:echo|printf)\b[^|;&]*)\s*$/

/** Whether a command exits 0 whatever it is run on. */
export function cannotFail(command: string): boolean {
  const last = command.trim().split('\n').at(-1)?.trim() ?? ''
  return SUCCEEDS.test(command.trim()) || SWALLOWS.test(last)
}

function vacuous(phase: Phase): readonly Diagnostic[] {
  return phase.testCommands
    .filter(({ command }) => cannotFail(command))
    .map(({ command, range }) =>
      advice('vacuous-test', range, `the test command "${command.slice(0, 60)}" cannot fail`),
    )
}

function withoutPaths(phase: Phase): readonly Diagnostic[] {
  const bare = phase.modules.filter((module) => module.paths === undefined && !module.implicit)
  if (bare.length === phase.modules.length) return []
  return bare.map(({ name, range }) =>
    advice(
      'module-without-paths',
      range,
      `module "${name}" names no paths, beside modules that do; write for example: ${name} (packages/${name}/**)`,
    ),
  )
}

function sharedPaths(phase: Phase): readonly Diagnostic[] {
  const { modules } = phase
  return modules.flatMap((module, index) => {
    for (const other of modules.slice(0, index)) {
      const shared = commonPath(other, module)
      if (shared === undefined) continue
      return [advice('shared-path', module.range, `modules "${other.name}" and "${module.name}" both own ${shared}`)]
    }
    return []
  })
}

function commonPath(a: Module, b: Module): string | undefined {
  return (b.paths ?? []).find((path) => (a.paths ?? []).some((other) => covers(other, path) || covers(path, other)))
}

/** Whether every path of a glob `inner` is one of `outer`, as far as their beginnings show it. */
function covers(outer: string, inner: string): boolean {
  if (outer === inner || outer === '**') return true
  const folder = outer.endsWith('/**') ? outer.slice(0, -2) : /[*?{[]/.test(outer) ? undefined : `${outer}/`
  return folder !== undefined && !/[*?{[]/.test(folder) && inner.startsWith(folder)
}

function nearlyCheckable(phase: Phase): readonly Diagnostic[] {
  return phase.criteria.flatMap(({ kind, text, range }) => {
    const write = kind === 'prose' ? checkable(text) : undefined
    if (write === undefined) return []
    return [advice('nearly-checkable', range, `a machine could check this criterion; write: ${write}`)]
  })
}

/** The criterion that a sentence nearly is; undefined where it is prose. */
export function checkable(text: string): string | undefined {
  if (text.includes('\n') || text.length > 200) return undefined
  const codes = [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
  const [code] = codes
  const paths = (codes.length > 0 ? codes : text.split(/[\s,;]+/).map((word) => word.replace(/[.:]$/, ''))).filter(
    looksLikePath,
  )
  const command = code !== undefined && codes.length === 1 && /\s/.test(code)
  const suggestions = [
    ...(command &&
    /\b(?:runs?|pass(?:es)?|succeeds?|works?|green|clean(?:ly)?|errors?|fail(?:s|ures?)?|exit)\b/i.test(text)
      ? [`\`${code}\` exits 0`]
      : []),
    ...(paths.length > 0 && /\b(?:exists?|there|present|created?|written|added|in place|committed)\b/i.test(text)
      ? [paths.length === 1 ? `\`${paths[0]}\` exists` : `${paths.map((path) => `\`${path}\``).join(', ')} exist`]
      : []),
    ...(/\btests?\b.*\b(?:pass(?:es|ing)?|green|succeed)\b|\b(?:pass(?:es|ing)?|green)\b.*\btests?\b/i.test(text) &&
    codes.length === 0
      ? ['All tests pass']
      : []),
  ]
  return suggestions.find((write) => typeCriterion(write).kind !== 'prose')
}

function large(phase: Phase): readonly Diagnostic[] {
  const todo = phase.tasks.filter(({ checked }) => checked !== true).length + phase.criteria.length
  const sessions = phase.modules.length
  if (todo / sessions <= LARGE_PHASE) return []
  const agents = sessions === 1 ? 'one agent' : `${sessions} agents`
  return [
    advice(
      'large-phase',
      headOf(phase),
      `phase ${phase.id} has ${todo} tasks and criteria for ${agents}, more than ${LARGE_PHASE} each; split it into phases or modules`,
    ),
  ]
}
