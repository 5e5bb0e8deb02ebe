import { type Finding, findingsText, preflight, type RunContext, type StepName } from '@nx-conduct/conductor'

/**
 * Why the steps are not started, for a person: what would make them fail once agents have worked. Undefined where nothing would, and where
 * no step starts an agent. What was found besides is told.
 */
export async function whyNotStarted(
  context: RunContext,
  steps: readonly { readonly options: { readonly step: StepName | 'conduct' } }[],
  print: (line: string) => void,
): Promise<string | undefined> {
  if (!steps.some(({ options }) => options.step === 'implement')) return undefined
  const findings = await preflight(context)
  const isError = ({ severity }: Finding) => severity === 'error'
  const errors = findings.filter(isError)
  const warnings = findings.filter(({ severity, check }) => severity === 'warning' && check !== 'spec')
  if (warnings.length > 0) print(findingsText(warnings))
  if (errors.length === 0) return undefined
  const { name } = context.plan
  return `${findingsText(errors)}\n\nNothing was started, and no agent was called. Once that is right: npx nx run ${name}:conduct`
}
