import type { Cost } from '../cost.ts'
import type { Forecast, PhaseForecast } from '../forecast.ts'
import { compact, count, duration } from './figures.ts'
import { table } from './table.ts'
import { moneyText } from './usage.ts'

export function forecastText(spec: string, { phases, judges, ceiling }: Forecast): string {
  const rows = phases.map((each) => [`phase ${each.phase.id}`, each.phase.title, each.verdict, aboutPhase(each)])
  const toRun = phases.filter(({ verdict }) => verdict === 'run')
  const isDone = phases.every(({ verdict }) => verdict === 'satisfied')
  const total =
    toRun.length === 0
      ? isDone
        ? 'Everything is satisfied: no agent would be called.'
        : 'No agent would be called: what is missing is in the run log.'
      : `Agents would run for ${toRun.length} of ${phases.length} phases: ${toRun.map(({ phase }) => phase.id).join(', ')}. ` +
        ceilingText(ceiling)
  const judged = isDone ? '' : [judgedText(judges.each, 'each phase'), judgedText(judges.final, 'the whole')].join('')
  return `${table(rows)}\n\n${commandsText(phases)}${total}${judged}${toRun.length === 0 ? '' : `\nBuild with: npx nx run ${spec}:conduct`}`
}

/** Programs are called with no limit of tokens, because they take none: the time of a session is what ends it. */
function ceilingText({ sessions, tokens, cost, unlimited }: Forecast['ceiling']): string {
  const priced = cost === undefined ? '' : ` At the prices of the spec: ${atMost(cost)}.`
  if (unlimited === undefined)
    return `Ceiling by the budget: ${sessions} sessions, ${compact(tokens)} tokens (fixing rounds and conflicts included).${priced}`
  const names = unlimited.agents.join(', ')
  const limited = sessions - unlimited.sessions
  const rest = limited === 0 ? '' : ` The other ${limited} may use ${compact(tokens)} tokens.`
  const wall = duration(unlimited.wallMs).replace(/ 0 s$/, '')
  return (
    `Ceiling by the budget: ${sessions} sessions (fixing rounds and conflicts included). ` +
    `Tokens are not limited for ${unlimited.sessions} of them, which are of ${names}: budget.wall ends each after ${wall}.${rest}${priced}`
  )
}

/** The most that agents cost; of those whose tokens have no limit, or no price, how many sessions there are. */
function atMost(cost: Cost): string {
  const rest = count(cost.unknown, 'session')
  if (cost.unknown === 0) return `at most ${moneyText(cost)}`
  if (cost.amount === 0) return `the cost of ${rest} is not limited`
  return `at most ${moneyText(cost)}; the cost of ${rest} more is not limited`
}

/** The commands of tests and criteria that would run for phases that are not satisfied, and where the spec has them. */
function commandsText(phases: readonly PhaseForecast[]): string {
  const rows = phases
    .filter(({ verdict }) => verdict !== 'satisfied')
    .flatMap(({ phase }) => [
      ...phase.testCommands.map(({ command, range }) => commandRow(phase.id, command, range.start)),
      ...phase.criteria.flatMap((criterion) => {
        const command =
          criterion.kind === 'command' ? criterion.command : criterion.kind === 'serves' ? criterion.start : undefined
        return command === undefined ? [] : [commandRow(phase.id, command, criterion.range.start)]
      }),
    ])
  return rows.length === 0
    ? ''
    : `Commands that would run, and where the spec has them (line:column):\n${table(rows)}\n\n`
}

function commandRow(
  id: string,
  command: string,
  { line, column }: { readonly line: number; readonly column: number },
): string[] {
  return [`phase ${id}`, `${line}:${column}`, command.replace(/\s*\n\s*/g, '; ')]
}

function judgedText(roles: Forecast['judges']['each'], what: string): string {
  if (roles.length === 0) return ''
  return `\n${roles
    .map((role) => `The ${role}`)
    .join(' and ')
    .replace(' and The', ' and the')} ${roles.length === 1 ? 'judges' : 'judge'} ${what}.`
}

function aboutPhase(each: PhaseForecast): string {
  const asks = each.phase.approval === 'required' && each.verdict !== 'satisfied' ? 'waits for approval' : ''
  return [howBuilt(each), each.cost === undefined ? '' : atMost(each.cost), asks].filter(Boolean).join('; ')
}

function howBuilt({ verdict, gatesAgain, handedIn, markedDone, modules }: PhaseForecast): string {
  switch (verdict) {
    case 'adopt':
      if (markedDone) return 'marked as done; its gates are run where it starts, and agents run only if one fails'
      return `${handedIn ? 'a person handed it in; their work' : 'an earlier run built it; its result'} is merged onto the new base and proven again`
    case 'satisfied':
      return gatesAgain ? 'built; its gates are run again' : ''
    case 'recorded':
    case 'run':
      return modules
        .map((module) => `${module.name}: ${module.verdict}${module.verdict === 'run' ? ` with ${module.agent}` : ''}`)
        .join(', ')
    default:
      return verdict satisfies never
  }
}
