import { rows as places } from './places.mjs'
import { rows as repositories } from './repositories.mjs'

/** The rows of the situations, in the order in which PROOF names them. */
export const groups = [places, repositories]
