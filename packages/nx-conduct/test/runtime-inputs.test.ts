import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { compile, defaultSpecName, type Plan } from '@nx-conduct/spec'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { specProjects } from '../src/graph/projects.ts'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'nx-conduct-runtime-')))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Every command that Nx would hand to a shell for the inputs of a spec's targets. */
function runtimeCommands(plan: Plan, specFile: string): readonly string[] {
  const commands = Object.values(specProjects(plan, specFile, dirname(specFile))).flatMap(({ targets = {} }) =>
    Object.values(targets).flatMap(({ inputs = [] }) =>
      inputs.flatMap((input) => (typeof input === 'object' && 'runtime' in input ? [input.runtime] : [])),
    ),
  )
  return [...new Set(commands)]
}

/** As Nx runs them: by the system's shell, in the workspace, with all of the environment. */
function runAll(commands: readonly string[], env: Readonly<Record<string, string>>, shell = 'sh'): readonly string[] {
  return commands.map((command) =>
    execFileSync(shell, ['-c', command], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      encoding: 'utf8',
    }),
  )
}

function workspaceWith(specFile: string, text: string): void {
  mkdirSync(dirname(join(folder, specFile)), { recursive: true })
  writeFileSync(join(folder, specFile), text)
  const git = (...args: readonly string[]) => execFileSync('git', ['-C', folder, ...args], { stdio: 'pipe' })
  git('init', '--quiet')
  git('add', '--all')
  git('-c', 'user.name=p', '-c', 'user.email=p@example.com', 'commit', '--quiet', '--message', 'Start')
}

const phases =
  '## Phases\n\n### Phase 1: A\nTest Command: true\n\n### Phase 2: B\nDepends On: none\n\n### Phase 3: C\nDepends On: 1, 2\n'

describe('runtime inputs, which Nx hands to a shell', () => {
  const hostile = [
    '$(touch ran)',
    '`touch ran`',
    "a'; touch ran; '",
    'a"; touch ran; "',
    'a;touch ran',
    '-x',
    'a b',
    'a\ntouch ran',
  ]

  it.each(hostile)('run nothing of a folder called %j', (name) => {
    const specFile = `${name}/.spec/SPEC.md`
    workspaceWith(specFile, phases)
    const plan = compile(phases, { defaultName: defaultSpecName(specFile) })
    const commands = runtimeCommands(plan, specFile)
    expect(runAll(commands, {}).length).toBeGreaterThan(2)
    expect(readdirSync(folder).sort()).toEqual([name, '.git'].sort())
  })

  it.each(hostile)('run nothing of a plan called %j, should one ever come here', (name) => {
    workspaceWith('.spec/SPEC.md', phases)
    runAll(runtimeCommands({ ...compile(phases), name }, '.spec/SPEC.md'), {})
    expect(readdirSync(folder)).not.toContain('ran')
  })

  it.each(['sh', 'bash'])('show no program a secret, whatever it is called (%s)', (shell) => {
    const spec = `---\ntools: [spy]\nenv: [ALLOWED]\nremote: origin\n---\n${phases}`
    workspaceWith('.spec/SPEC.md', spec)
    const programs = join(folder, 'programs')
    mkdirSync(programs)
    for (const name of ['spy', 'git', 'uname']) {
      writeFileSync(
        join(programs, name),
        `#!/bin/sh\nexec ${process.execPath} -e 'console.log(Object.keys(process.env).join())'\n`,
      )
      chmodSync(join(programs, name), 0o755)
    }
    const secrets = {
      ANTHROPIC_API_KEY: 'k',
      REDIS_URL: 'r',
      NPM_TOKEN: 't',
      plain: 'p',
      NX_CONDUCT_REHEARSAL: 'score.yaml',
    }
    const env = { ...secrets, PATH: `${programs}:${process.env['PATH']}`, HOME: `${folder}/with spaces` }
    const said = runAll(runtimeCommands(compile(spec), '.spec/SPEC.md'), env, shell)
    expect(said.length).toBeGreaterThan(4)
    for (const names of said) {
      expect(names).toContain('PATH')
      expect(names).toContain('HOME')
      for (const secret of Object.keys(secrets)) expect(names.trim().split(',')).not.toContain(secret)
    }
  })

  it('read the text of the score that the environment forces, with any name', () => {
    workspaceWith('.spec/SPEC.md', phases)
    const score = 'a "score" $(touch ran).yaml'
    writeFileSync(join(folder, score), 'sessions: []\n')
    const commands = runtimeCommands(compile(phases), '.spec/SPEC.md').filter((command) =>
      command.includes('REHEARSAL'),
    )
    expect(commands.length).toBe(1)
    const expected = execFileSync('git', ['hash-object', '--stdin'], { input: 'sessions: []\n', encoding: 'utf8' })
    expect(runAll(commands, { NX_CONDUCT_REHEARSAL: score })).toEqual([expected])
    expect(runAll(commands, {})).toEqual(['none\n'])
    expect(readdirSync(folder)).not.toContain('ran')
  })

  it('see a new epoch, a refused artifact, a new commit and a missing program', () => {
    const spec = `---\ntools: [node, no-such-program]\n---\n${phases}`
    workspaceWith('.spec/SPEC.md', spec)
    const commands = runtimeCommands(compile(spec), '.spec/SPEC.md')
    const before = runAll(commands, {})
    expect(before).toContain(`${process.version}\n`)
    expect(before).toContain('missing\n')
    const tree = execFileSync('git', ['-C', folder, 'rev-parse', 'HEAD^{tree}'], { encoding: 'utf8' })
    expect(before).toContain(tree)
    execFileSync('git', ['-C', folder, 'update-ref', 'refs/conduct/spec/epoch/x', 'HEAD'])
    const after = runAll(commands, {})
    expect(after.filter((text, index) => text !== before[index]).length).toBe(1)
    execFileSync('git', ['-C', folder, 'update-ref', 'refs/conduct/spec/refused/1/test', 'HEAD'])
    const later = runAll(commands, {})
    expect(later.filter((text, index) => text !== after[index]).length).toBe(1)
  })
})
