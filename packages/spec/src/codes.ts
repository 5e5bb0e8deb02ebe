import type { Severity } from './diagnostic.ts'

/** Every finding the compiler can make; the reference (docs/reference/diagnostics.md) explains each. */
export const codes = {
  'no-phases': 'error',
  'duplicate-id': 'error',
  'unknown-dependency': 'error',
  'dependency-cycle': 'error',
  'invalid-id': 'error',
  'slug-collision': 'error',
  'invalid-name': 'error',
  'duplicate-module': 'error',
  'invalid-path': 'error',
  'too-complex': 'error',
  'yaml-syntax': 'error',
  'yaml-duplicate-key': 'error',
  'yaml-too-large': 'error',
  'forbidden-key': 'error',
  'misspelt-setting': 'error',
  'wrong-type': 'error',
  'unknown-phase-setting': 'error',
  'unknown-setting': 'warning',
  'no-section': 'warning',
  'range-heading': 'warning',
  'missing-title': 'warning',
  'misspelt-label': 'warning',
  'empty-field': 'warning',
  'unclear-dependency': 'warning',
  'not-a-command': 'warning',
  'not-a-path': 'warning',
  'invalid-approval': 'warning',
  'invalid-agents': 'warning',
  'invalid-generated': 'warning',
  'unknown-allowance': 'warning',
  'unclosed-details': 'warning',
  'context-too-long': 'warning',
  'implicit-module': 'info',
  'commands-not-run': 'info',
  'summary-ignored': 'info',
  'foreign-plan': 'info',
} as const satisfies Record<string, Severity>

/** The code of a finding. */
export type Code = keyof typeof codes
