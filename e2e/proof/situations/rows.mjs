import { rows as after } from './after.mjs'
import { rows as branches } from './branches.mjs'
import { rows as commands } from './commands.mjs'
import { rows as fullDisks } from './full-disks.mjs'
import { rows as hostile } from './hostile.mjs'
import { rows as inTheWay } from './in-the-way.mjs'
import { rows as midRun } from './midrun.mjs'
import { rows as nx } from './nx.mjs'
import { rows as places } from './places.mjs'
import { rows as repositories } from './repositories.mjs'
import { rows as settings } from './settings.mjs'

/** The rows of the situations, in the order in which PROOF names them. */
export const groups = [
  places,
  repositories,
  settings,
  branches,
  midRun,
  inTheWay,
  fullDisks,
  nx,
  after,
  commands,
  hostile,
]
