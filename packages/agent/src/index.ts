export type * from './contract.ts'
export { checkScore, type ScoreCheck } from './rehearsal/check-score.ts'
export type { Score, ScoreProblem, ScoreSession, ScoreTool, ScoreTurn } from './rehearsal/score.ts'
export { roles } from './roles.ts'
