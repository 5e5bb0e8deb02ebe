import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Files, LintTrees } from './rig/lint-trees.ts'

const trees = new LintTrees()
afterAll(() => trees.remove())

/** The same as text, as they are where nothing is installed; what a person has to do in brackets. */
async function linesFor(...of: Parameters<LintTrees['commandsFor']>): Promise<readonly string[]> {
  const { context, commands, workspace } = await trees.commandsFor(...of)
  const checkout = { top: workspace.top, directory: workspace.root }
  return Promise.all(
    commands.map(async (each) => {
      const command = await each.command(context, checkout)
      return typeof command === 'string' ? command : `[${command.what}: ${command.next}]`
    }),
  )
}

const eslint = 'eslint --no-color --'
const biome =
  'biome lint --colors=off --reporter=github --max-diagnostics=none --diagnostic-level=error --no-errors-on-unmatched --files-ignore-unknown=true --'
const ruff = 'ruff check --output-format=concise --no-fix --force-exclude --'
const flake8 = 'flake8 --format=default --'
const golangci =
  'golangci-lint run --color=never --issues-exit-code=1 --max-issues-per-linter=0 --max-same-issues=0 --allow-parallel-runners ./...'
const clippy = 'cargo clippy --workspace --all-targets --color=never --message-format=short'

describe('a linter runs where the tree has its configuration', () => {
  const cargo = '[package]\nname = "x"\nversion = "0.1.0"\n'
  const table: readonly (readonly [string, Files, string, readonly string[]])[] = [
    ['eslint.config.js', { 'eslint.config.js': 'export default []' }, 'src/a.ts', [`${eslint} src/a.ts`]],
    ['eslint.config.mts', { 'eslint.config.mts': '' }, 'a.vue', [`${eslint} a.vue`]],
    ['.eslintrc', { '.eslintrc': '{}' }, 'a.js', [`${eslint} a.js`]],
    ['.eslintrc.json', { '.eslintrc.json': '{}' }, 'a.mjs', [`${eslint} a.mjs`]],
    ['.eslintrc.yml', { '.eslintrc.yml': '' }, 'a.jsx', [`${eslint} a.jsx`]],
    ['eslintConfig', { 'package.json': '{"eslintConfig":{}}' }, 'a.js', [`${eslint} a.js`]],
    ['biome.json', { 'biome.json': '{}' }, 'a.css', [`${biome} a.css`]],
    ['biome.jsonc', { 'biome.jsonc': '{}' }, 'a.ts', [`${biome} a.ts`]],
    ['ruff.toml', { 'ruff.toml': '' }, 'app/a.py', [`${ruff} app/a.py`]],
    ['.ruff.toml', { '.ruff.toml': '' }, 'a.pyi', [`${ruff} a.pyi`]],
    ['pyproject.toml', { 'pyproject.toml': '[project]\nname="x"\n[tool.ruff.lint]\n' }, 'a.py', [`${ruff} a.py`]],
    ['.flake8', { '.flake8': '' }, 'a.py', [`${flake8} a.py`]],
    ['setup.cfg', { 'setup.cfg': '[metadata]\n[flake8]\n' }, 'a.py', [`${flake8} a.py`]],
    ['tox.ini', { 'tox.ini': '[flake8]\n' }, 'a.py', [`${flake8} a.py`]],
    ['.golangci.yml', { '.golangci.yml': '', 'go.mod': 'module a' }, 'b/a.go', [golangci]],
    ['.golangci.toml', { '.golangci.toml': '' }, 'a.go', [golangci]],
    ['go.mod', { 'go.mod': 'module a' }, 'b/a.go', ['go vet ./...']],
    ['clippy.toml', { 'clippy.toml': '', 'Cargo.toml': cargo }, 'src/lib.rs', [clippy]],
    ['[lints.clippy]', { 'Cargo.toml': `${cargo}[lints.clippy]\nall = "deny"\n` }, 'src/lib.rs', [clippy]],
    ['[lints] clippy', { 'Cargo.toml': `${cargo}[lints]\nclippy.all = "deny"\n` }, 'src/lib.rs', [clippy]],
    ['two', { '.flake8': '', 'ruff.toml': '' }, 'a.py', [`${ruff} a.py`, `${flake8} a.py`]],
    ['package.json without it', { 'package.json': '{}' }, 'a.js', []],
    ['pyproject.toml without it', { 'pyproject.toml': '[tool.black]\nx = "[tool.ruff]"\n' }, 'a.py', []],
    ['setup.cfg without it', { 'setup.cfg': '[metadata]\n' }, 'a.py', []],
    ['Cargo.toml without it', { 'Cargo.toml': `${cargo}[lints.rust]\nunsafe_code = "deny"\n` }, 'src/lib.rs', []],
    ['a file that it does not read', { '.flake8': '', 'eslint.config.js': '', 'go.mod': '' }, 'README.md', []],
    ['TypeScript that nothing parses', { '.eslintrc.json': '{}' }, 'a.ts', []],
    ['TypeScript', { '.eslintrc.json': '{"extends":"plugin:@typescript-eslint/all"}' }, 'a.ts', [`${eslint} a.ts`]],
    ['Markdown that it reads', { 'eslint.config.js': 'markdown' }, 'README.md', [`${eslint} README.md`]],
    ['what is installed', { 'vendor/x/.flake8': '' }, 'vendor/x/a.py', []],
  ]
  // A folder for each, in one tree.
  const found = new Map<number, string[]>()
  beforeAll(async () => {
    const inFolder = (at: number, files: Files) =>
      Object.entries(files).map(([path, text]) => [`case-${at}/${path}`, text] as const)
    const base = Object.fromEntries(table.flatMap(([, files], at) => inFolder(at, files)))
    const changed = Object.fromEntries(table.flatMap(([, , path], at) => inFolder(at, { [path]: 'x\n' })))
    for (const line of await linesFor(changed, { base })) {
      const [, at = '', command = ''] = /^cd case-(\d+) && (.*)$/.exec(line) ?? []
      found.set(Number(at), [...(found.get(Number(at)) ?? []), command])
    }
  })
  test.each(table.map(([name, , , commands], at) => [name, at, commands] as const))('%s', (_, at, commands) => {
    expect(found.get(at) ?? []).toEqual(commands)
  })
})

describe('the nearest configuration decides', () => {
  test('in folders, each with its own files', async () => {
    const base = { 'eslint.config.js': '', 'packages/a/eslint.config.js': '', 'py/ruff.toml': '', 'ruff.toml': '' }
    const changed = { 'a.js': 'x', 'packages/a/src/b.js': 'x', 'packages/c/d.js': 'x', 'py/e.py': 'x', 'f.py': 'x' }
    expect(await linesFor(changed, { base })).toEqual([
      `${ruff} f.py`,
      `cd py && ${ruff} e.py`,
      `${eslint} a.js packages/c/d.js`,
      `cd packages/a && ${eslint} src/b.js`,
    ])
  })

  test('.eslintrc files add up: it runs in the package', async () => {
    const base = { '.eslintrc.json': '{}', 'package.json': '{}', 'test/.eslintrc.json': '{}', 'p/package.json': '{}' }
    expect(
      await linesFor({ 'test/a.js': 'x', 'b.js': 'x', 'p/.eslintrc.json': '{}', 'p/c.js': 'x' }, { base }),
    ).toEqual([`${eslint} b.js test/a.js`, `cd p && ${eslint} c.js`])
  })

  test('modules and crates run as a whole, in their folder', async () => {
    const member = '[package]\nname = "m"\nversion = "0.1.0"\n'
    const base = {
      'go/go.mod': 'module a',
      'go/b/go.mod': 'module b',
      'rs/Cargo.toml': '[workspace]\nmembers = ["m"]\n[workspace.lints.clippy]\nall = "deny"\n',
      'rs/m/Cargo.toml': `${member}[lints]\nworkspace = true\n`,
    }
    expect(await linesFor({ 'go/x/a.go': 'x', 'go/b/b.go': 'x', 'rs/m/src/lib.rs': 'x' }, { base })).toEqual([
      'cd go/b && go vet ./...',
      'cd go && go vet ./...',
      `cd rs && ${clippy}`,
    ])
  })

  test('in a workspace that is a folder of its repository', async () => {
    expect(await linesFor({ 'a.js': 'x' }, { base: { 'eslint.config.js': '' }, folder: 'apps/shop' })).toEqual([
      `${eslint} a.js`,
    ])
  })
})

describe('of the files', () => {
  const base = { 'eslint.config.js': '', 'old.js': 'one\ntwo\n', 'moved.js': 'moved\n', 'shorter.js': 'one\ntwo\n' }

  test('only those with new lines are named: not what was deleted, moved, or only made shorter', async () => {
    const changed = { 'old.js': 'one\n2\n', 'new.js': 'x\n', 'there.js': 'moved\n', 'shorter.js': 'one\n' }
    expect(await linesFor(changed, { base, gone: ['moved.js'] })).toEqual([`${eslint} new.js old.js`])
  })

  test('names mean nothing to the shell or to the linter', async () => {
    const names = ['-f.js', '@a.js', "it's.js", '$(touch x).js', 'a b.js', 'a\nb.js', '[id].js', '~x.js', '"`.js']
    const changed = Object.fromEntries(names.map((name) => [name, 'x\n']))
    const { context, commands, workspace: where } = await trees.commandsFor(changed, { base })
    const command = await commands[0]?.command(context, { top: where.top, directory: where.root })
    await where.agents.program('eslint', 'shift 2; for each; do test -f "$each" && echo 1; done | wc -l > counted')
    await where.shell(`PATH=${where.agents.folder}:$PATH; ${command}`)
    expect((await where.read('counted')).trim()).toBe(String(names.length))
    expect(command).toContain(' ./-f.js ./@a.js ')
  })

  test('more than one command can name are given to it in several, each once', async () => {
    const names = Array.from({ length: 700 }, (_, at) => `src/${'a-long-name-'.repeat(16)}${at}.js`)
    const lines = await linesFor(Object.fromEntries(names.map((name, at) => [name, `${at}\n`])), { base })
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines) expect(line.length).toBeLessThan(100_000)
    expect(lines.flatMap((line) => line.split(' ').slice(3)).sort()).toEqual(names.sort())
  })

  test('none is needed where a configuration changed: one that it reads shows whether it works', async () => {
    expect(await linesFor({ 'eslint.config.js': '[]' }, { base: { ...base, 'a.py': '' } })).toEqual([
      `${eslint} eslint.config.js`,
    ])
    expect(await linesFor({ 'ruff.toml': 'x\n' }, { base: { 'x/a.py': '', 'x/b.py': '' } })).toEqual([`${ruff} x/a.py`])
    expect(await linesFor({ 'ruff.toml': 'x\n' }, { base: { 'a.js': '' } })).toEqual([])
    expect(await linesFor({ 'go.mod': 'module b' }, { base: { 'go.mod': 'module a', 'a.go': '' } })).toEqual([])
  })
})

/** Puts a program that does nothing at a path. */
async function install(place: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true })
  await writeFile(place, '#!/bin/sh\n', { mode: 0o755 })
}

describe('the program', () => {
  test('is the one that is installed nearest', async () => {
    const base = { 'a/eslint.config.js': '', 'b/ruff.toml': '' }
    const changed = { 'a/x.js': 'x', 'b/x.py': 'x' }
    const { context, commands, workspace: at } = await trees.commandsFor(changed, { base, folder: 'shop' })
    const all = () => Promise.all(commands.map((each) => each.command(context, { top: at.top, directory: at.root })))
    await install(join(at.top, 'node_modules/.bin/eslint'))
    await install(join(at.top, 'shop/.venv/bin/ruff'))
    const rest = (line: string) => line.split(' ').slice(1).join(' ')
    expect(await all()).toEqual([
      `cd b && ../.venv/bin/ruff ${rest(ruff)} x.py`,
      `cd a && ../../node_modules/.bin/eslint ${rest(eslint)} x.js`,
    ])
    await install(join(at.top, 'shop/a/node_modules/.bin/eslint'))
    expect((await all()).at(-1)).toBe(`cd a && node_modules/.bin/eslint ${rest(eslint)} x.js`)
  })

  const own =
    'or write `lint: { command: … }` with a command of your own, or `lint: none`, into the front matter of .spec/SPEC.md and commit it'
  const declared = { 'package.json': '{"devDependencies":{"eslint":"9"}}', 'eslint.config.js': '' }
  test.each<[string, Files, string, string]>([
    [
      'with npm',
      { 'package-lock.json': '{}' },
      '',
      'add this line to the front matter of .spec/SPEC.md and commit it: setup: npm ci',
    ],
    [
      'with pnpm',
      { 'pnpm-lock.yaml': '' },
      '',
      'add this line to the front matter of .spec/SPEC.md and commit it: setup: pnpm install --frozen-lockfile',
    ],
    [
      'without a lockfile',
      {},
      '',
      'commit the lockfile that npm install makes, and add this line to the front matter of .spec/SPEC.md and commit it: setup: npm ci',
    ],
    [
      'where setup leaves it out',
      { 'package-lock.json': '{}' },
      'setup: npm ci --omit=dev',
      '`setup: npm ci --omit=dev` does not install what package.json declares: have it do so',
    ],
  ])('that the project declares is not taken from PATH, but asked for, %s', async (_, more, settings, advice) => {
    expect(await linesFor({ 'a.js': 'x' }, { base: { ...declared, ...more }, settings })).toEqual([
      `[eslint is not installed, and eslint.config.js asks for it: ${advice}; ${own}]`,
    ])
  })

  const notFound = (program: string) => `bash: line 1: ${program}: command not found\n`
  const cargoToml = '[package]\nname = "x"\nversion = "0.1.0"\n[lints.clippy]\nall = "deny"\n'
  test.each<[string, Files, Files, string, string]>([
    ['eslint', { '.eslintrc': '{}' }, { 'a.js': 'x' }, notFound('eslint'), 'npm install --save-dev eslint, and commit'],
    [
      'biome',
      { 'biome.json': '{}', 'yarn.lock': '' },
      { 'a.js': 'x' },
      notFound('biome'),
      'yarn add --dev @biomejs/biome, and',
    ],
    ['ruff', { 'ruff.toml': '' }, { 'a.py': 'x' }, notFound('ruff'), 'pip install ruff; or'],
    ['ruff', { 'ruff.toml': '', 'uv.lock': '' }, { 'a.py': 'x' }, notFound('ruff'), 'uv add --dev ruff; or'],
    ['flake8', { '.flake8': '' }, { 'a.py': 'x' }, notFound('flake8'), 'pip install flake8; or'],
    [
      'golangci-lint',
      { '.golangci.yml': 'version: "2"\n' },
      { 'a.go': 'x' },
      notFound('golangci-lint'),
      'go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@latest; or',
    ],
    ['go vet', { 'go.mod': 'module a' }, { 'a.go': 'x' }, notFound('go'), 'install Go: https://go.dev/dl; or'],
    [
      'clippy',
      { 'Cargo.toml': cargoToml },
      { 'src/lib.rs': 'x' },
      "error: 'cargo-clippy' is not installed for the toolchain 'stable-x86_64-unknown-linux-gnu'.\n",
      'rustup component add clippy; or',
    ],
  ])('%s is named where it is missing, with what installs it', async (name, base, changed, output, advice) => {
    const { context, commands, workspace } = await trees.commandsFor(changed, { base })
    const ended = { exitCode: output.startsWith('error') ? 1 : 127, output, isCut: false, timedOutMs: undefined }
    const verdict = await commands[0]?.judge(context, { ...ended, folder: workspace.root })
    const configuration = Object.keys(base)[0]
    expect(verdict).toMatchObject({
      kind: 'fault',
      fault: {
        what: `${name} is not installed, and ${configuration} asks for it`,
        next: expect.stringContaining(advice),
      },
    })
  })
})

describe('whether a linter could work before the phase is asked', () => {
  const asked = async (changed: Files, base: Files) => {
    const { context, commands, workspace } = await trees.commandsFor(changed, { base })
    const before = await commands[0]?.before(context.workspace)
    const command = await before?.command.command(context, { top: workspace.top, directory: workspace.root })
    return { command, files: before && (await context.workspace.objects.files(before.tree)) }
  }

  test('with those of its files that were there', async () => {
    const { command, files } = await asked({ 'a.py': '2', 'b.py': '2' }, { '.flake8': '', 'a.py': '1' })
    expect(command).toBe(`${flake8} a.py`)
    expect(files).toEqual(['.flake8', '.spec/SPEC.md', 'a.py'])
  })

  test('with another one where all are new', async () => {
    expect((await asked({ 'b.py': '2' }, { '.flake8': '', 'x/a.py': '1' })).command).toBe(`${flake8} x/a.py`)
  })

  test('with one of the phase where there was none', async () => {
    const { command, files } = await asked({ 'a.py': '2', 'b.py': '2', 'c.txt': '' }, { '.flake8': '' })
    expect(command).toBe(`${flake8} a.py`)
    expect(files).toEqual(['.flake8', '.spec/SPEC.md', 'a.py'])
  })

  test('not where the phase itself asks for it', async () => {
    expect((await asked({ 'a.py': '2', '.flake8': '' }, { 'b.py': '' })).command).toBeUndefined()
  })
})
