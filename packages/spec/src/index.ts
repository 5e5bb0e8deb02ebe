export type { Diagnostic, Position, Range, Severity } from './diagnostic.ts'
export type * from './plan.ts'
