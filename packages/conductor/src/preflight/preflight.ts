import type { RunContext } from '../run/context.ts'
import { type Forecast, forecast } from '../views/forecast.ts'
import { checkAgents } from './agents.ts'
import { checkDependencies } from './dependencies.ts'
import { checkDisk } from './disk.ts'
import type { Finding } from './finding.ts'
import { checkPrograms } from './programs.ts'
import { checkRepository } from './repository.ts'

/**
 * What can be known of a run before it costs anything. Starts no agent and none of the spec's commands. `expected`: what the run would do,
 * if that was worked out already.
 */
export async function preflight(context: RunContext, expected?: Forecast): Promise<readonly Finding[]> {
  const outlook = expected ?? (await forecast(context))
  const phases = outlook.phases.filter(({ verdict }) => verdict !== 'satisfied').map(({ phase }) => phase)
  const findings = await Promise.all([
    checkRepository(context),
    checkAgents(context, outlook),
    checkPrograms(context, phases),
    checkDependencies(context, phases),
    checkDisk(context, phases),
    checkLog(context),
    checkApproval(context),
  ])
  return findings.flat()
}

/** What is told about where the run is recorded: opening it has reached it already. */
function checkLog({ plan: { settings } }: RunContext): readonly Finding[] {
  const where = settings.remote === undefined ? 'in this repository' : `in the remote ${settings.remote}, which answers`
  return [{ check: 'run log', severity: 'ok', message: where }]
}

function checkApproval({ plan }: RunContext): readonly Finding[] {
  const waits = plan.phases.filter(({ approval }) => approval === 'required').map(({ id }) => id)
  if (waits.length === 0) return []
  const message = `a person has to approve phase ${waits.join(', ')}; the run stops there until then`
  return [{ check: 'approval', severity: 'info', message }]
}
