export type { Fate } from './accounted/claim.ts'
export { type Coverage, coverageOf, type LineCoverage } from './accounted/coverage.ts'
export { advise, LARGE_PHASE } from './advice.ts'
export { type Advice, adviceKinds } from './advice-kinds.ts'
export { AGENT_PRESETS, type AgentPreset } from './agent-presets.ts'
export { type Allowance, unfinishedKinds } from './allowance.ts'
export { type Code, codes } from './codes.ts'
export { type CompileOptions, compile } from './compile.ts'
export type { Diagnostic, Position, Range, Severity } from './diagnostic.ts'
export { digestOf, type Slice, sliceOf } from './digest.ts'
export { epochName } from './epoch-name.ts'
export { orderPhases, parentsOf } from './graph.ts'
export {
  FORMATS,
  type ForeignPlan,
  type ForeignSource,
  type FormatId,
  type Lost,
  NotReadable,
} from './import/foreign-plan.ts'
export { recogniseFormat } from './import/formats.ts'
export { type Imported, importPlan, neighboursOf } from './import/import-plan.ts'
export {
  artifactFolder,
  artifactRoot,
  builtFile,
  defaultSpecFile,
  lockfiles,
  manifests,
  phaseFile,
  phaseFolder,
  phasesFolder,
  resultBranch,
  type SpecRefs,
  type StepLocation,
  specGlob,
  specRefs,
} from './layout.ts'
export { ancestorsOf, leavesOf, phaseBySlug } from './lookup.ts'
export { phaseFileText } from './phase-file.ts'
export type * from './plan.ts'
export { printable, printableJson, printableLine } from './printable.ts'
export { coverageToText } from './report/coverage-text.ts'
export { formatDiagnostics } from './report/format-diagnostics.ts'
export { formatLost } from './report/format-lost.ts'
export { planToDot, planToMermaid } from './report/plan-graph.ts'
export { type PlanJson, planToJson } from './report/plan-json.ts'
export { planToTable } from './report/plan-table.ts'
export { adviceTable, diagnosticsTable, labelsTable } from './report/reference-tables.ts'
export { NEVER_PASSED, SETTING_KEYS } from './settings.ts'
export { shellWord } from './shell-word.ts'
export { defaultSpecName } from './spec-name.ts'
