// What the tests of the run log and of the conductor run of their own code: node coverage.mjs
import { conductorRows } from '../packages/conductor/proof/coverage.mjs'
import { storeRows } from '../packages/store/proof/coverage.mjs'

let passed = 0
let failed = 0
for (const holds of [...storeRows(), ...conductorRows()]) {
  if (holds) passed += 1
  else failed += 1
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
