import type { Identity } from '@nx-conduct/git'

/** Author of every commit that a run makes. */
export const conductIdentity: Identity = { name: 'nx-conduct', email: 'nx-conduct@localhost' }
