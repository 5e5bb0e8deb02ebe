export type * from './contract.ts'
export type * from './event.ts'
export type * from './state.ts'
