import { checkFinalized } from './check-finalized.ts'
import { checkPhases } from './check-phases.ts'
import { checkRefs } from './check-refs.ts'
import { checkSteps } from './check-steps.ts'
import { checkVerdicts } from './check-verdicts.ts'
import { PlainGit } from './plain-git.ts'
import { readPlans } from './plans.ts'
import type { PlanProblem, PlanReport } from './problem.ts'
import { readLog } from './read-log.ts'

/**
 * Checks a spec's run log against the plans that its runs were opened with: which gates each phase had to pass, where
 * accepted trees come from, what finalized trees were proven with, and that our refs are where the log says. It compiles
 * the spec and works all of that out again; it shares nothing with the steps, the gates, the reducer and the log's reader.
 *
 * `commonDir` is the repository's common git directory. Throws only when git cannot be started.
 */
export async function verifyPlan(
  commonDir: string,
  spec: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<PlanReport> {
  const problems: PlanProblem[] = []
  const report = (rule: PlanProblem['rule'], message: string) => problems.push({ rule, message })
  const git = new PlainGit(commonDir, env)
  const entries = await readLog(git, spec, report)
  if (entries.length === 0) return { problems, notes: [] }
  const runs = await readPlans(git, entries, report)
  const history = { git, entries, runs, report }
  await checkPhases(history)
  await checkSteps(history)
  await checkFinalized(history)
  checkVerdicts(history)
  return { problems, notes: await checkRefs(history, spec) }
}
