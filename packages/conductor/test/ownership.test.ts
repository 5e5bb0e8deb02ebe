import type { Module, Phase } from '@nx-conduct/spec'
import { expect, test } from 'vitest'
import { outsideOwnership, ownershipOf, wideningFor } from '../src/agents/ownership.ts'

const range = { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } }
const module = (name: string, paths?: readonly string[]): Module => ({
  name,
  slug: name,
  implicit: false,
  range,
  ...(paths ? { paths } : {}),
})
const phaseOf = (...modules: Module[]) => ({ modules }) as unknown as Phase
const nowhere = { folders: new Set<string>(), projectRoots: {} }

test('a module with paths may change those alone', () => {
  const api = module('api', ['packages/api/**', 'shared.json'])
  const ownership = ownershipOf(phaseOf(api), api, nowhere)
  expect(outsideOwnership(ownership, ['packages/api/a.ts', 'packages/api/.env', 'shared.json'])).toEqual([])
  expect(outsideOwnership(ownership, ['packages/apis/a.ts', 'README.md'])).toEqual(['packages/apis/a.ts', 'README.md'])
})

test('a path without wildcards owns what is below it', () => {
  const api = module('api', ['packages/api/'])
  expect(
    outsideOwnership(ownershipOf(phaseOf(api), api, nowhere), ['packages/api/deep/a.ts', 'packages/api2/a.ts']),
  ).toEqual(['packages/api2/a.ts'])
})

test('a module without paths owns the folder of its name, or the root of the Nx project of its name', () => {
  const web = module('web')
  const phase = phaseOf(web)
  expect(ownershipOf(phase, web, { ...nowhere, folders: new Set(['web']) })).toEqual({
    kind: 'paths',
    globs: ['web/**'],
  })
  expect(ownershipOf(phase, web, { ...nowhere, projectRoots: { web: 'apps/web' } })).toEqual({
    kind: 'paths',
    globs: ['apps/web/**'],
  })
})

test('a module without either may touch what no other module owns', () => {
  const free = module('free')
  const api = module('api', ['api/**'])
  const ownership = ownershipOf(phaseOf(free, api), free, nowhere)
  expect(outsideOwnership(ownership, ['README.md', 'api/a.ts'])).toEqual(['api/a.ts'])
})

test('a lockfile may change with a manifest that the module owns, and not without', () => {
  const api = module('api', ['packages/api/**'])
  const ownership = ownershipOf(phaseOf(api), api, nowhere)
  expect(outsideOwnership(ownership, ['packages/api/package.json', 'package-lock.json'])).toEqual([])
  expect(outsideOwnership(ownership, ['packages/api/a.ts', 'package-lock.json'])).toEqual(['package-lock.json'])
  expect(outsideOwnership(ownership, ['package.json', 'package-lock.json'])).toEqual([
    'package.json',
    'package-lock.json',
  ])
  expect(outsideOwnership(ownership, ['packages/api/package.json', '/package-lock.json'])).toEqual([
    '/package-lock.json',
  ])
})

test('paths outside the workspace belong to nobody, whatever a module owns', () => {
  const everything = { ...module('all'), implicit: true }
  expect(outsideOwnership(ownershipOf(phaseOf(everything), everything, nowhere), ['a.txt', '/other/a.txt'])).toEqual([
    '/other/a.txt',
  ])
})

test('an Nx project at the top does not own the whole workspace', () => {
  const top = module('top')
  expect(ownershipOf(phaseOf(top), top, { ...nowhere, projectRoots: { top: '.' } })).toEqual({
    kind: 'rest',
    except: [],
  })
})

test('a module that left its paths is given wider ones to write down, where a module can own them', () => {
  const api = module('api', ['packages/api/**'])
  const ownership = ownershipOf(phaseOf(api), api, nowhere)
  expect(wideningFor(ownership, ['lib/deep/a.ts', 'lib/deep/b.ts', 'README.md'])).toEqual([
    'packages/api/**',
    'lib/deep/**',
    'README.md',
  ])
  expect(wideningFor(ownership, ['/etc/passwd'])).toBeUndefined()
  const free = module('free')
  expect(wideningFor(ownershipOf(phaseOf(free, api), free, nowhere), ['packages/api/a.ts'])).toBeUndefined()
})
