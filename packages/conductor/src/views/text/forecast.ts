import type { Forecast } from '../forecast.ts'
import { compact } from './figures.ts'
import { table } from './table.ts'

export function forecastText(spec: string, { phases, ceiling }: Forecast): string {
  const rows = phases.map(({ phase, verdict, gatesAgain, modules }) => [
    `phase ${phase.id}`,
    phase.title,
    verdict,
    verdict === 'adopt'
      ? 'an earlier run built it; its result is merged onto the new base and proven again'
      : verdict === 'satisfied'
        ? gatesAgain
          ? 'built; its gates are run again'
          : ''
        : modules
            .map(
              (module) => `${module.name}: ${module.verdict}${module.verdict === 'run' ? ` with ${module.agent}` : ''}`,
            )
            .join(', '),
  ])
  const toRun = phases.filter(({ verdict }) => verdict === 'run')
  const total =
    toRun.length === 0
      ? phases.every(({ verdict }) => verdict === 'satisfied')
        ? 'Everything is satisfied: no agent would be called.'
        : 'No agent would be called: what is missing is in the run log.'
      : `Agents would run for ${toRun.length} of ${phases.length} phases: ${toRun.map(({ phase }) => phase.id).join(', ')}. ` +
        `Ceiling by the budget: ${ceiling.sessions} sessions, ${compact(ceiling.tokens)} tokens (fixing rounds included).`
  return `${table(rows)}\n\n${total}${toRun.length === 0 ? '' : `\nBuild with: npx nx run ${spec}:conduct`}`
}
