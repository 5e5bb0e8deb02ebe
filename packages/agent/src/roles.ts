import type { AgentRole } from './contract.ts'

/** Every role, in the order a person meets them. */
export const roles = [
  'implementation-executor',
  'fix-executor',
  'synthesis-architect',
  'code-reviewer',
  'security-auditor',
] as const satisfies readonly AgentRole[]

const judges: readonly AgentRole[] = ['code-reviewer', 'security-auditor']

/** Whether a role judges work and changes none: its sessions end with a verdict, those of the others with a report. */
export function isJudge(role: AgentRole): boolean {
  return judges.includes(role)
}
