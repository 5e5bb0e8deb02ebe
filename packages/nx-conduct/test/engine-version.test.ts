import { gateKinds, stepVersions } from '@nx-conduct/conductor'
import { digestOf } from '@nx-conduct/spec'
import { expect, test } from 'vitest'
import { engineVersion } from '../src/graph/digest.ts'

test('a new version of a gate or a step reaches the inputs of Nx', () => {
  const versions = digestOf([stepVersions, gateKinds.map(({ name, version }) => [name, version])])
  expect(engineVersion, 'set engineVersion in src/graph/digest.ts to the expected value').toBe(versions.slice(0, 16))
})
