import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile, specRefs } from '@nx-conduct/spec'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashVariables, marksVariable } from '../src/graph/hash-variables.ts'
import { preTasksExecution, readHashVariables } from '../src/graph/pre-tasks.ts'
import { specProjects } from '../src/graph/projects.ts'
import { noProjects } from './no-projects.ts'

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'nx-conduct-hash-')))
  git('init', '--quiet')
  commit('Start')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function git(...args: readonly string[]): string {
  return execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

function commit(text: string): void {
  writeFileSync(join(root, 'file.txt'), text)
  git('add', 'file.txt')
  git('-c', 'user.name=p', '-c', 'user.email=p@example.com', 'commit', '--quiet', '--message', text)
}

const env = { PATH: process.env['PATH'] }
const read = (more: Readonly<Record<string, string>> = {}) => readHashVariables({ root, env: { ...env, ...more } })

/** The variables whose values differ. */
function changed(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => before[name] !== after[name])
}

describe('the state that enters the hashes of Nx', () => {
  it('is the tree of HEAD, the machine and its node', async () => {
    const found = await read()
    expect(found[hashVariables.head]).toBe(git('rev-parse', 'HEAD^{tree}'))
    expect(found[hashVariables.node]).toBe(process.version)
    expect(found[hashVariables.machine]).not.toBe('')
    const before = found
    commit('Next')
    expect(changed(before, await read())).toEqual([hashVariables.head])
  })

  it("changes for one spec when that spec's phase is redone or an artifact was refused, and for no other", async () => {
    const { epoch, refused, checkpoint } = specRefs('shop')
    const start = await read()
    git('update-ref', epoch('slice'), 'HEAD')
    const redone = await read()
    expect(changed(start, redone)).toEqual([marksVariable('shop')])
    git('update-ref', refused({ phase: '1', step: 'test' }), 'HEAD')
    const again = await read()
    expect(changed(redone, again)).toEqual([marksVariable('shop')])
    git('update-ref', checkpoint('1'), 'HEAD')
    expect(changed(again, await read())).toEqual([])
    git('update-ref', '-d', epoch('slice'))
    git('update-ref', '-d', refused({ phase: '1', step: 'test' }))
    // A daemon keeps what an earlier run set.
    expect((await read(again))[marksVariable('shop')]).toBe('')
  })

  it('is what a program prints where another `node` is found first', async () => {
    const programs = join(root, 'programs')
    mkdirSync(programs)
    writeFileSync(join(programs, 'node'), '#!/bin/sh\necho v99.0.0\n')
    chmodSync(join(programs, 'node'), 0o755)
    expect((await read({ PATH: `${programs}:${process.env['PATH']}` }))[hashVariables.node]).toBe('v99.0.0')
  })

  it('is the text of the score that the environment forces, with any name', async () => {
    const score = 'a "score" $(touch ran).yaml'
    writeFileSync(join(root, score), 'sessions: []\n')
    const first = await read({ NX_CONDUCT_REHEARSAL: score })
    writeFileSync(join(root, score), 'sessions: [{}]\n')
    expect(changed(first, await read({ NX_CONDUCT_REHEARSAL: score }))).toEqual([hashVariables.score])
    expect((await read())[hashVariables.score]).toBe('none')
    expect(readdirSync(root)).not.toContain('ran')
  })

  it('shows no program a secret, and survives that there is none', async () => {
    const programs = join(root, 'programs')
    mkdirSync(programs)
    writeFileSync(join(programs, 'git'), '#!/bin/sh\nenv | cut -d= -f1 | tr "\\n" ,\n')
    chmodSync(join(programs, 'git'), 0o755)
    for (const name of ['env', 'cut', 'tr']) symlinkSync(`/usr/bin/${name}`, join(programs, name))
    const found = await readHashVariables({ root, env: { PATH: programs, NPM_TOKEN: 't', ANTHROPIC_API_KEY: 'k' } })
    const names = found[hashVariables.head] ?? ''
    expect(names).toContain('PATH')
    expect(names).not.toMatch(/TOKEN|KEY/)
    expect(await readHashVariables({ root, env: { PATH: join(root, 'nowhere') } })).toMatchObject({
      [hashVariables.head]: 'unknown',
      [hashVariables.node]: 'unknown',
    })
  })

  it('is set in the environment before tasks run, for every variable that an input names', async () => {
    git('update-ref', specRefs('spec').epoch('slice'), 'HEAD')
    const plan = compile('## Phases\n\n### Phase 1: A\nTest Command: true\n')
    const named = Object.values(specProjects(plan, '.spec/SPEC.md', '.spec', noProjects)).flatMap(({ targets = {} }) =>
      Object.values(targets).flatMap(({ inputs = [] }) =>
        inputs.flatMap((input) => (typeof input === 'object' && 'env' in input ? [input.env] : [])),
      ),
    )
    const before = { ...process.env }
    try {
      await preTasksExecution(undefined, {
        id: '1',
        workspaceRoot: root,
        nxJsonConfiguration: {},
        argv: [],
      })
      const wanted = [...new Set(named)].filter((name) => name.startsWith('NX_CONDUCT_HASH_'))
      expect(wanted.length).toBe(5)
      for (const name of wanted) expect(process.env[name]).toBeTruthy()
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    }
  })
})
