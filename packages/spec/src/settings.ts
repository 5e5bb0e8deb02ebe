import { readAdviceSetting } from './advice-setting.ts'
import { readAgent, readAgents } from './agent-setting.ts'
import type { Severity } from './diagnostic.ts'
import type { Field } from './field.ts'
import { idEntries } from './field-value.ts'
import type { Findings, Span } from './findings.ts'
import type { Entry, Value } from './front-matter.ts'
import { readGates } from './gates-setting.ts'
import { readLint } from './lint-setting.ts'
import { nameProblem, plainNameProblem, slugOf } from './name.ts'
import type { Budget, Settings } from './plan.ts'
import { readPrices } from './prices-setting.ts'
import { DEFAULT_JUDGING, readJudging } from './review-setting.ts'
import {
  countValue,
  flagValue,
  mapEntries,
  sizeValue,
  textsValue,
  textValue,
  timeValue,
  wrong,
} from './setting-value.ts'
import { readSetup } from './setup-setting.ts'
import { unknownKey } from './unknown-setting.ts'

/** What front matter says: the settings, the spec's name, and fields of phases by id. */
export interface FrontMatter {
  readonly name: string | undefined
  readonly title: string | undefined
  readonly settings: Settings
  readonly phases: readonly Entry[]
  /** How grave it is that a phase has no test command. */
  readonly untested: Severity | 'off'
  /** A spec that is one phase: `work_package_id: WP03` and its dependencies. */
  readonly single:
    | { readonly id: string; readonly title: string; readonly fields: readonly Field[]; readonly span: Span }
    | undefined
}

const BUDGET: Budget = { turns: 60, tokens: 2_000_000, wallMs: 30 * 60_000 }

/** The settings of a spec without front matter. */
export const DEFAULT_SETTINGS: Settings = {
  agent: { driver: 'anthropic' },
  agents: {},
  budget: BUDGET,
  rounds: 3,
  setupInputs: [],
  setupCacheBytes: 5_000_000_000,
  gates: [],
  review: DEFAULT_JUDGING,
  audit: DEFAULT_JUDGING,
  criteria: 'judged',
  failFast: false,
  pool: true,
  tools: [],
  env: [],
  testTimeoutMs: 10 * 60_000,
}

/** Every setting of the front matter, by its key. */
export const SETTING_KEYS = [
  'name',
  'agent',
  'agents',
  'budget',
  'prices',
  'concurrency',
  'setup',
  'setupCache',
  'lint',
  'advice',
  'gates',
  'review',
  'audit',
  'criteria',
  'rounds',
  'failFast',
  'pool',
  'tools',
  'env',
  'testTimeout',
  'untested',
  'redis',
  'remote',
  'phases',
] as const
type Key = (typeof SETTING_KEYS)[number]

/** Reads front matter into settings; unknown keys are warnings, what looks like a slip of the pen or has the wrong type is an error. */
export function readSettings(value: Value | undefined, findings: Findings): FrontMatter {
  const settings: { -readonly [K in keyof Settings]: Settings[K] } = { ...DEFAULT_SETTINGS }
  const none: FrontMatter = {
    name: undefined,
    title: undefined,
    settings,
    phases: [],
    untested: 'info',
    single: undefined,
  }
  if (value === undefined) return none
  if (value.form !== 'map') {
    if (value.form === 'list' || value.value !== null) wrong(value, 'front matter', 'a map of settings', findings)
    return none
  }
  let name: string | undefined
  let phases: readonly Entry[] = []
  let untested: FrontMatter['untested'] = 'info'
  const readers: Readonly<Record<Key, (value: Value) => void>> = {
    name: (one) => {
      name = readName(one, findings)
    },
    agent: (one) => set(settings, 'agent', readAgent(one, 'agent', findings)),
    agents: (one) => set(settings, 'agents', readAgents(one, 'agents', findings)),
    budget: (one) => set(settings, 'budget', readBudget(one, findings)),
    prices: (one) => set(settings, 'prices', readPrices(one, findings)),
    concurrency: (one) => set(settings, 'concurrency', countValue(one, 'concurrency', 1, 256, findings)),
    setup: (one) => {
      const setup = readSetup(one, findings)
      set(settings, 'setup', setup?.command)
      set(settings, 'setupInputs', setup?.inputs)
    },
    setupCache: (one) => set(settings, 'setupCacheBytes', sizeValue(one, 'setupCache', findings)),
    lint: (one) => set(settings, 'lint', readLint(one, findings)),
    advice: (one) => set(settings, 'adviceOff', readAdviceSetting(one, findings)),
    gates: (one) => set(settings, 'gates', readGates(one, findings)),
    review: (one) => {
      const review = readJudging(one, 'review', findings)
      set(settings, 'review', review)
      // The auditor comes when the reviewer does, unless it has a setting of its own.
      if (!value.entries.some(({ key }) => key === 'audit')) set(settings, 'audit', review)
    },
    audit: (one) => set(settings, 'audit', readJudging(one, 'audit', findings)),
    criteria: (one) => set(settings, 'criteria', readCriteria(one, findings)),
    rounds: (one) => set(settings, 'rounds', countValue(one, 'rounds', 0, 100, findings)),
    failFast: (one) => set(settings, 'failFast', flagValue(one, 'failFast', findings)),
    pool: (one) => set(settings, 'pool', flagValue(one, 'pool', findings)),
    tools: (one) => set(settings, 'tools', readWords(one, 'tools', PROGRAM, findings)),
    env: (one) => set(settings, 'env', readVariables(one, findings)),
    testTimeout: (one) => set(settings, 'testTimeoutMs', timeValue(one, 'testTimeout', findings)),
    redis: (one) => set(settings, 'redis', readRedis(one, findings)),
    remote: (one) => set(settings, 'remote', readRemote(one, findings)),
    untested: (one) => {
      untested = readUntested(one, findings)
    },
    phases: (one) => {
      phases = mapEntries(one, 'phases', findings) ?? []
    },
  }
  // A work package of another tool: its `agent: claude` is no setting of ours.
  const foreign = value.entries.some(({ key }) => key === 'work_package_id' || key === 'wp_code' || key === 'lane')
  for (const entry of value.entries) {
    const key = SETTING_KEYS.find((known) => known === entry.key)
    if (key !== undefined && !(foreign && entry.value.form !== 'map')) readers[key](entry.value)
    else if (key === undefined) unknownKey(entry, SETTING_KEYS, findings)
  }
  if (settings.criteria === 'strict' && settings.review.when === 'off') {
    const place = value.entries.find(({ key }) => key === 'criteria')?.value ?? value
    findings.add('wrong-type', place.span, {
      message: 'criteria: strict needs a code-reviewer, and review is off: nobody would judge them',
      hint: 'write review: final, or criteria: people',
    })
  }
  return {
    name,
    title: scalarText(value.entries, 'title'),
    settings,
    phases,
    untested,
    single: readSingle(value.entries),
  }
}

function set<K extends keyof Settings>(
  settings: { -readonly [P in keyof Settings]: Settings[P] },
  key: K,
  value: Settings[K] | undefined,
): void {
  if (value !== undefined) settings[key] = value
}

const GRAVE = ['error', 'warning', 'info', 'off'] as const

function readUntested(value: Value, findings: Findings): FrontMatter['untested'] {
  // YAML reads a plain `off` as a word or as false, by version.
  if (value.form === 'scalar' && value.value === false) return 'off'
  const text = textValue(value, 'untested', findings)
  const grave = GRAVE.find((one) => one === text)
  if (grave === undefined && text !== undefined)
    wrong(value, 'untested', '"error", "warning", "info" or "off"', findings)
  return grave ?? 'info'
}

function readName(value: Value, findings: Findings): string | undefined {
  const name = textValue(value, 'name', findings)
  const problem = name === undefined ? undefined : plainNameProblem(name)
  if (name === undefined || problem === undefined) return name
  findings.add('invalid-name', value.span, {
    message: `"${name.slice(0, 60)}" cannot be the spec's name: ${problem}`,
    hint: `it becomes an Nx project and a git ref; write for example "${slugOf(name)}"`,
  })
  return undefined
}

function readBudget(value: Value, findings: Findings): Budget | undefined {
  const entries = mapEntries(value, 'budget', findings)
  if (entries === undefined) return undefined
  const budget: { -readonly [K in keyof Budget]: Budget[K] } = { ...BUDGET }
  for (const entry of entries) {
    if (entry.key === 'turns')
      budget.turns = countValue(entry.value, 'budget.turns', 1, 10_000, findings) ?? budget.turns
    else if (entry.key === 'tokens')
      budget.tokens = countValue(entry.value, 'budget.tokens', 1, 1_000_000_000_000, findings) ?? budget.tokens
    else if (entry.key === 'wall') budget.wallMs = timeValue(entry.value, 'budget.wall', findings) ?? budget.wallMs
    else unknownKey(entry, ['turns', 'tokens', 'wall'], findings)
  }
  return budget
}

/** What the words of a list have to look like, because they reach a command. */
interface Word {
  readonly pattern: RegExp
  readonly wanted: string
  readonly hint: string
}

const PROGRAM: Word = {
  pattern: /^[A-Za-z0-9_][A-Za-z0-9._+-]{0,99}$/,
  wanted: 'the name of a program',
  hint: 'write the name alone, such as node, g++ or python3.12; it is found on PATH and asked for its --version',
}

const VARIABLE: Word = {
  pattern: /^[A-Za-z_][A-Za-z0-9_]{0,99}$/,
  wanted: 'the name of a variable',
  hint: 'write the name alone, such as CI or DATABASE_HOST; its value is read from the environment',
}

function readWords(value: Value, key: string, word: Word, findings: Findings): readonly string[] | undefined {
  const items = value.form === 'list' ? value.items : [value]
  const read = items.map((item) => ({ item, texts: textsValue(item, key, findings) }))
  if (value.form !== 'list' && read[0]?.texts === undefined) return undefined
  return read.flatMap(({ item, texts = [] }) =>
    texts.filter((text) => {
      if (word.pattern.test(text)) return true
      const message = `${key}: "${text.slice(0, 60)}" is not ${word.wanted}`
      findings.add('wrong-type', item.span, { message, hint: word.hint })
      return false
    }),
  )
}

/** The credentials of the Messages API: no command is given them, even where `env` names them. */
export const NEVER_PASSED: readonly string[] = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN']

function readVariables(value: Value, findings: Findings): readonly string[] | undefined {
  const names = readWords(value, 'env', VARIABLE, findings)
  const items = value.form === 'list' ? value.items : [value]
  for (const name of names?.filter((each) => NEVER_PASSED.includes(each.toUpperCase())) ?? []) {
    const item = items.find((each) => each.form === 'scalar' && each.written.includes(name)) ?? value
    findings.add('variable-not-passed', item.span, {
      message: `env: ${name} is not passed: tests, setup and gates have no use for the key of an agent`,
      hint: 'take it out; an agent with preset: claude, opencode or aider is given it alone, and the driver anthropic reads it from your environment',
    })
  }
  return names
}

const CRITERIA: readonly Settings['criteria'][] = ['judged', 'people', 'strict']

function readCriteria(value: Value, findings: Findings): Settings['criteria'] | undefined {
  const text = textValue(value, 'criteria', findings)
  const criteria = CRITERIA.find((each) => each === text)
  if (criteria !== undefined || text === undefined) return criteria
  return wrong(value, 'criteria', '"judged" (by the code-reviewer), "people" or "strict"', findings)
}

function readRedis(value: Value, findings: Findings): Settings['redis'] | undefined {
  if (value.form === 'scalar' && typeof value.value === 'string') {
    const text = value.value.trim()
    if (text === 'required' || text === 'preferred') return { mode: text }
    return checkUrl(text, value, findings) ? { url: text, mode: 'preferred' } : undefined
  }
  const entries = mapEntries(value, 'redis', findings)
  if (entries === undefined) return undefined
  let mode: 'required' | 'preferred' = 'preferred'
  let url: string | undefined
  for (const entry of entries) {
    const text =
      entry.key === 'url' || entry.key === 'mode' ? textValue(entry.value, `redis.${entry.key}`, findings) : undefined
    if (entry.key === 'url') {
      if (text !== undefined && checkUrl(text, entry.value, findings)) url = text
    } else if (entry.key === 'mode') {
      if (text === 'required' || text === 'preferred') mode = text
      else if (text !== undefined) wrong(entry.value, 'redis.mode', '"required" or "preferred"', findings)
    } else unknownKey(entry, ['url', 'mode'], findings)
  }
  return url === undefined ? { mode } : { url, mode }
}

function checkUrl(text: string, value: Value, findings: Findings): boolean {
  if (/^rediss?(?:\+(?:unix|sentinel|cluster))?:\/\/\S+$/.test(text)) return true
  // The text may hold a password: it is not shown.
  findings.add('wrong-type', value.span, {
    message: 'redis has to be a URL, or { url, mode }',
    hint: 'write for example redis: redis://127.0.0.1:6379',
  })
  return false
}

function readRemote(value: Value, findings: Findings): string | undefined {
  const remote = textValue(value, 'remote', findings)
  // Only a name: git would read anything else as a path or an address, some of which run programs or hold passwords.
  if (remote === undefined || (/^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/.test(remote) && nameProblem(remote) === undefined))
    return remote
  findings.add('wrong-type', value.span, {
    message: 'remote has to be the name of a git remote, such as origin',
    hint: 'give the address a name with: git remote add <name> <address>',
  })
  return undefined
}

function scalarText(entries: readonly Entry[], key: string): string | undefined {
  const value = entries.find((entry) => entry.key === key)?.value
  return value?.form === 'scalar' && typeof value.value === 'string' ? value.value.trim() : undefined
}

function readSingle(entries: readonly Entry[]): FrontMatter['single'] {
  const entry = entries.find(({ key }) => key === 'work_package_id' || key === 'phase_id')
  if (entry?.value.form !== 'scalar' || !/^[A-Za-z]{0,5}\d[\w.-]{0,15}$/.test(entry.value.written)) return undefined
  const dependencies = entries.find(({ key }) => key === 'dependencies' || key === 'depends_on')?.value
  const fields: Field[] =
    dependencies === undefined ? [] : [{ name: 'dependsOn', label: entry.value.span, entries: idEntries(dependencies) }]
  return { id: entry.value.written, title: scalarText(entries, 'title') ?? '', fields, span: entry.value.span }
}
