import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { compile, defaultSpecName, type Plan } from '@nx-conduct/spec'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { specProjects } from '../src/graph/projects.ts'
import { noProjects } from './no-projects.ts'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'nx-conduct-runtime-')))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Every command that Nx would hand to a shell for the inputs of a spec's targets. */
function runtimeCommands(plan: Plan, specFile: string): readonly string[] {
  const commands = Object.values(specProjects(plan, specFile, dirname(specFile), noProjects)).flatMap(
    ({ targets = {} }) =>
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

/** A spec with inputs that only a command can read. */
const spec = `---\ntools: [git]\nremote: origin\n---\n${phases}`

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
    workspaceWith(specFile, spec)
    const plan = compile(spec, { defaultName: defaultSpecName(specFile) })
    const commands = runtimeCommands(plan, specFile)
    expect(runAll(commands, {}).length).toBe(2)
    expect(readdirSync(folder).sort()).toEqual([name, '.git'].sort())
  })

  it.each(hostile)('run nothing of a plan called %j, should one ever come here', (name) => {
    workspaceWith('.spec/SPEC.md', spec)
    runAll(runtimeCommands({ ...compile(spec), name }, '.spec/SPEC.md'), {})
    expect(readdirSync(folder)).not.toContain('ran')
  })

  it.each(['sh', 'bash'])('show no program a secret, whatever it is called (%s)', (shell) => {
    const spied = `---\ntools: [spy]\nenv: [ALLOWED]\nremote: origin\n---\n${phases}`
    workspaceWith('.spec/SPEC.md', spied)
    const programs = join(folder, 'programs')
    mkdirSync(programs)
    for (const name of ['spy', 'git']) {
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
    }
    const env = { ...secrets, PATH: `${programs}:${process.env['PATH']}`, HOME: `${folder}/with spaces` }
    const said = runAll(runtimeCommands(compile(spied), '.spec/SPEC.md'), env, shell)
    expect(said.length).toBe(2)
    for (const names of said) {
      expect(names).toContain('PATH')
      expect(names).toContain('HOME')
      for (const secret of Object.keys(secrets)) expect(names.trim().split(',')).not.toContain(secret)
    }
  })

  it('see the version of a program that has a command for it and refuses the option, as Go does', () => {
    const versioned = `---\ntools: [goes]\n---\n${phases}`
    workspaceWith('.spec/SPEC.md', versioned)
    const program = join(folder, 'goes')
    writeFileSync(program, '#!/bin/sh\n[ "$1" = version ] && echo goes 1.2 || { echo "no flag $1" >&2; exit 2; }\n')
    chmodSync(program, 0o755)
    const env = { PATH: `${folder}:${process.env['PATH']}` }
    expect(runAll(runtimeCommands(compile(versioned), '.spec/SPEC.md'), env)).toEqual(['goes 1.2\n'])
  })

  it('see a missing program', () => {
    const missing = `---\ntools: [node, no-such-program]\n---\n${phases}`
    workspaceWith('.spec/SPEC.md', missing)
    expect(runAll(runtimeCommands(compile(missing), '.spec/SPEC.md'), {})).toEqual(['missing\n'])
  })
})
