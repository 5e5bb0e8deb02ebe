import type { Escalation } from '@nx-conduct/store'
import { describeRule } from '../../gates/registry.ts'

/** An escalation as a person reads it: what failed, the proof, what was tried, and last, where the eye is, where to look and the commands to go on. */
export function escalationText(escalation: Escalation): string {
  const output = escalation.output.trim()
  const lines = [
    `✖ Phase ${escalation.phase} (${escalation.title}) needs you: ${escalation.what}`,
    '',
    ...(escalation.gate === undefined
      ? []
      : [`  gate      ${escalation.gate}: ${describeRule(escalation.gate, escalation.rule ?? '')}`]),
    `  evidence  tree ${escalation.tree}${escalation.exitCode === undefined ? '' : `, exit code ${escalation.exitCode}`}${
      escalation.outputDigest === undefined ? '' : `, output sha256 ${escalation.outputDigest.slice(0, 16)}`
    }, environment ${escalation.environment.slice(0, 12)}`,
    ...escalation.alsoFailed.map((other) => `            also red: ${other}`),
    ...(escalation.attempts.length === 0 ? ['  attempts  none'] : []),
    ...escalation.attempts.flatMap((attempt, index) => [
      `${index === 0 ? '  attempts' : '          '}  round ${attempt.round}${attempt.recorded ? ' (in an earlier run)' : ''}: ${attempt.refused === undefined ? '' : `refused (${attempt.refused[0] ?? ''}): `}${attempt.said.split('\n', 1)[0] ?? ''}`,
      ...(attempt.transcript === undefined ? [] : [`            transcript ${attempt.transcript}`]),
    ]),
    ...(output === '' ? [] : ['', '  output', ...output.split('\n').map((line) => `  │ ${line}`), '']),
    `  worktree  ${escalation.worktree}`,
    ...escalation.next.map((command, index) => `${index === 0 ? '  next    ' : '          '}  ${command}`),
  ]
  return lines.join('\n')
}
