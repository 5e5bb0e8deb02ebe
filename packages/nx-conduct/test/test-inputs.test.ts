import { compile } from '@nx-conduct/spec'
import picomatch from 'picomatch'
import { describe, expect, it } from 'vitest'
import { outside, testInputs, type WorkspaceState } from '../src/graph/inputs.ts'
import { folderOf, projectRootsIn, rootOf } from '../src/graph/project-roots.ts'
import { noProjects } from './no-projects.ts'

/** Inputs of the last phase's `test` that name files. */
function inputsOf(body: string, workspace: WorkspaceState = noProjects): readonly unknown[] {
  const plan = compile(`## Phases\n\n${body}`)
  const phase = plan.phases.at(-1)
  if (phase === undefined) throw new Error('the spec has a phase')
  const place = { specFile: '.spec/SPEC.md', specFolder: '.spec', phase, earlier: plan.phases.slice(0, -1) }
  return testInputs(plan, place, workspace).filter((input) => typeof input === 'string')
}

const withProjects = (...roots: readonly string[]): WorkspaceState => ({ ...noProjects, projectRoots: new Set(roots) })
const own = ['{workspaceRoot}/.spec/phases/1/phase.json', '{workspaceRoot}/.spec/phases/1/built.json']
const phase = '### Phase 1: A\nModules: api (packages/api/**)\nTest Command: true\n'

describe('inputs of a phase’s test', () => {
  it('are the whole workspace without the spec where a module is in no Nx project', () => {
    expect(inputsOf(phase)).toEqual([...outside('.spec'), ...own])
  })

  it('are the projects, what they depend on and the root’s files where all modules are in Nx projects', () => {
    expect(inputsOf(phase, withProjects('packages/api'))).toEqual([
      '^default',
      '{workspaceRoot}/*',
      '{workspaceRoot}/packages/api/**',
      ...own,
    ])
  })

  it('are the whole workspace where a module of an earlier phase is in no Nx project', () => {
    const two = `${phase}\n### Phase 2: B\nModules: web (packages/web/src/**)\n`
    expect(inputsOf(two, withProjects('packages/web'))).toContain('{workspaceRoot}/[!.]*/**/*')
    expect(inputsOf(two, withProjects('packages/web', 'packages/api'))).not.toContain('{workspaceRoot}/[!.]*/**/*')
  })

  it('are what `Inputs:` names', () => {
    expect(inputsOf(`${phase}Inputs: packages/api/**, fixtures/a\n`)).toEqual([
      '{workspaceRoot}/packages/api/**',
      '{workspaceRoot}/fixtures/a/**/*',
      ...own,
    ])
  })

  it('hold the spec until `nx sync` has written the phase', () => {
    const inputs = inputsOf(phase, { ...noProjects, unsynced: new Set(['1']) })
    expect(inputs).toContain('{workspaceRoot}/.spec/SPEC.md')
  })
})

describe('every file outside a folder', () => {
  const matches = (folder: string) =>
    picomatch(
      // Nx and minimatch read `[!x]` as this matcher reads `[^x]`.
      outside(folder).map((pattern) => pattern.replace('{workspaceRoot}/', '').replaceAll('[!', '[^')),
      { dot: true },
    )

  it.each(['.spec', 'libs/x/.spec', 'a+b/.spec'])('is matched, and no file inside: %s', (folder) => {
    const isOutside = matches(folder)
    const [top = '', ...below] = folder.split('/')
    const others = [top.slice(0, 2), top.slice(0, -1), `${top}2`, `x${top}`, '.github', 'src', 'é']
    for (const path of [
      ...others.map((name) => `${name}/a/.b/c.txt`),
      'a.txt',
      '.npmrc',
      `a/${top}/${below.join('/')}/x`,
    ])
      expect(isOutside(path), path).toBe(true)
    for (const path of ['SPEC.md', 'phases/1/phase.json', '.hidden/x'])
      expect(isOutside(`${folder}/${path}`)).toBe(false)
    if (below.length > 0) expect(isOutside(`${top}/other/x`)).toBe(true)
  })
})

describe('roots of Nx projects', () => {
  const files = [
    'package.json',
    'packages/api/package.json',
    'packages/api/fixtures/package.json',
    'packages/old/package.json',
    'libs/x/project.json',
  ]

  it('are folders with a project.json, and the workspaces of the package manager', () => {
    expect([...projectRootsIn(files, ['packages/*', '!packages/old'])]).toEqual(['packages/api', 'libs/x'])
    expect([...projectRootsIn(files, [])]).toEqual(['libs/x'])
  })

  it('hold a path that is below them', () => {
    const roots = new Set(['packages/api'])
    for (const path of ['packages/api', 'packages/api/**', 'packages/api/src/*.ts', 'packages/api/index.ts'])
      expect(rootOf(path, roots), path).toBe('packages/api')
    for (const path of ['packages/**', 'packages/api2/**', '*.ts', '{a,b}/**'])
      expect(rootOf(path, roots), path).toBeUndefined()
    expect(rootOf('src/**', new Set(['.']))).toBe('.')
  })

  it('begin where a glob has no wildcard', () => {
    expect(folderOf('a/b/**')).toBe('a/b')
    expect(folderOf('./a/b.ts')).toBe('a/b.ts')
    expect(folderOf('**/*.ts')).toBe('')
  })
})
