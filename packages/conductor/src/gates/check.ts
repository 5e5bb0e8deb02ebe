import { createHash } from 'node:crypto'
import { runCommand } from '@nx-conduct/agent'
import { addedLines, type Oid, readFileAt } from '@nx-conduct/git'
import type { RequiredGate } from '@nx-conduct/store'
import picomatch from 'picomatch'
import type { Checkout } from '../checkouts/checkout.ts'
import type { Conduct } from '../run/conduct.ts'
import { Aborted } from '../run/problem.ts'
import { parseCriterionRule } from './criteria.ts'
import { parsePlaceholderRule } from './required.ts'
import { servesCommand } from './serves.ts'

/** What a gate said of a tree. `output` is bounded and redacted. */
export interface CheckOutcome {
  readonly outcome: 'passed' | 'failed'
  readonly exitCode?: number
  readonly output: string
  readonly outputDigest: string
  readonly durationMs: number
  /** The machine, not the code, is at fault: no agent can mend it. */
  readonly environmentFault?: string
}

/** The command a gate runs, if it runs one; such gates need a checkout. */
export function commandOf({ gate, rule }: RequiredGate): string | undefined {
  switch (gate) {
    case 'test':
    case 'regression':
    case 'lint':
      return rule
    case 'criterion': {
      const criterion = parseCriterionRule(rule)
      if (criterion.kind === 'serves') return servesCommand(criterion)
      return criterion.kind === 'command' ? criterion.command : undefined
    }
    case 'files':
    case 'placeholders':
      return undefined
    case 'imports':
    case 'review':
    case 'audit':
      throw new Error(`no phase requires the gate ${gate} yet`)
    default:
      return gate satisfies never
  }
}

/** Runs a gate's command in a checkout of the tree it vouches for. */
export async function checkCommand(conduct: Conduct, checkout: Checkout, command: string): Promise<CheckOutcome> {
  const outcome = await conduct.commandSlots(() =>
    runCommand({
      command,
      cwd: checkout.directory,
      env: checkout.env,
      timeoutMs: conduct.plan.settings.testTimeoutMs,
      signal: conduct.signal,
      secrets: conduct.secrets,
    }),
  )
  const base = { outputDigest: outcome.outputDigest, durationMs: outcome.durationMs }
  switch (outcome.kind) {
    case 'exited': {
      const fault = outcome.exitCode === 127 ? missingProgram(command, outcome.output) : undefined
      return {
        ...base,
        outcome: outcome.exitCode === 0 ? 'passed' : 'failed',
        exitCode: outcome.exitCode,
        output: outcome.output,
        ...(fault === undefined ? {} : { environmentFault: fault }),
      }
    }
    case 'signaled':
      return { ...base, outcome: 'failed', output: `${outcome.output}\n[killed by ${outcome.signal}]` }
    case 'timed-out':
      return {
        ...base,
        outcome: 'failed',
        output: `${outcome.output}\n[stopped after ${outcome.timeoutMs} ms: testTimeout]`,
      }
    case 'not-started':
      return { ...base, outcome: 'failed', output: outcome.message, environmentFault: outcome.message }
    case 'aborted':
      throw new Aborted('a gate was stopped')
    default:
      return outcome satisfies never
  }
}

/** The first program of a command is not installed: nothing that the agents wrote is at fault. */
function missingProgram(command: string, output: string): string | undefined {
  const program = /^\s*(?:[A-Za-z_][A-Za-z0-9_]*=\S*\s+)*([^\s;&|<>()$`'"]+)/.exec(command)?.[1]
  if (program === undefined || program.includes('/')) return undefined
  return output.includes(`${program}: command not found`) ? `the program ${program} is not installed` : undefined
}

/** Gates that read the tree without running anything. */
export async function checkTree(conduct: Conduct, required: RequiredGate, tree: Oid): Promise<CheckOutcome> {
  const startedAt = conduct.clock.monotonicMs()
  const findings = await findingsOf(conduct, required, tree)
  const output = findings.join('\n')
  return {
    outcome: findings.length === 0 ? 'passed' : 'failed',
    output,
    outputDigest: createHash('sha256').update(output).digest('hex'),
    durationMs: Math.round(conduct.clock.monotonicMs() - startedAt),
  }
}

async function findingsOf(conduct: Conduct, { gate, rule }: RequiredGate, tree: Oid): Promise<readonly string[]> {
  if (gate === 'files') return missingPaths(await conduct.facts.files(tree), [rule])
  if (gate === 'placeholders') return placeholders(conduct, rule, tree)
  if (gate === 'criterion') {
    const criterion = parseCriterionRule(rule)
    if (criterion.kind === 'path-exists') return missingPaths(await conduct.facts.files(tree), criterion.globs)
    if (criterion.kind === 'built') {
      const slices = [...(await conduct.facts.built(tree)).values()]
      return slices.includes(criterion.slice) ? [] : [`no built.json in the tree names the slice ${criterion.slice}`]
    }
    if (criterion.kind === 'file-contains') {
      const text = await readFileAt(conduct.repository, tree, criterion.path)
      if (text === undefined) return [`${criterion.path} does not exist`]
      return text.includes(criterion.needle) ? [] : [`${criterion.path} does not contain "${criterion.needle}"`]
    }
  }
  throw new Error(`the gate ${gate} needs a checkout`)
}

/** One finding per path or glob that nothing in the tree matches. A folder counts as existing. */
export function missingPaths(files: readonly string[], wanted: readonly string[]): readonly string[] {
  return wanted
    .filter((pattern) => {
      const clean = pattern.replace(/^\.\//, '').replace(/\/$/, '')
      const matches = picomatch(clean, { dot: true })
      return !files.some((file) => file === clean || file.startsWith(`${clean}/`) || matches(file))
    })
    .map((pattern) => `${pattern} does not exist`)
}

/** Prose may speak of unfinished work; code may not hold it. */
const prose = /\.(md|mdx|markdown|txt|rst|adoc)$/i

async function placeholders(conduct: Conduct, rule: string, tree: Oid): Promise<readonly string[]> {
  const { marks, baseTree } = parsePlaceholderRule(rule)
  const patterns = marks.map(
    (mark) => new RegExp(`\\b${mark.replace(' ', '\\s+')}\\b`, mark === mark.toUpperCase() ? '' : 'i'),
  )
  const findings: string[] = []
  for await (const { path, line, text } of addedLines(conduct.repository, baseTree, tree)) {
    if (prose.test(path) || path.startsWith(`${conduct.specFolder}/`)) continue
    if (patterns.some((pattern) => pattern.test(text))) findings.push(`${path}:${line}: ${text.trim().slice(0, 200)}`)
  }
  return findings
}
