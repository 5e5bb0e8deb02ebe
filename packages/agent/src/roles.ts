import type { AgentRole } from './contract.ts'

/** Every role, in the order a person meets them. */
export const roles = [
  'implementation-executor',
  'fix-executor',
  'synthesis-architect',
  'code-reviewer',
  'security-auditor',
] as const satisfies readonly AgentRole[]
