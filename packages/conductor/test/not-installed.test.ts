import { afterEach, describe, expect, test } from 'vitest'
import { missingIn } from '../src/dependencies/missing-in.ts'
import { notInstalled } from '../src/dependencies/not-installed.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.remove()
  workspace = undefined
})

const files = {
  'package.json':
    '{"name":"root","workspaces":["packages/*"],"devDependencies":{"vitest":"^4.0.0","typescript":"6.0.0","own":"*"}}\n',
  'packages/own/package.json': '{"name":"own","dependencies":{"left-pad":"1.3.0"}}\n',
  'package-lock.json': '{"lockfileVersion":3,"packages":{"node_modules/typescript":{"bin":{"tsserver":"x"}}}}\n',
  '.gitignore': 'node_modules\n',
}

/** What a gate's output in a tree of these files comes to; nobody installed anything. */
const diagnosed = async (
  output: string,
  { more = {}, command = 'check' }: { more?: Record<string, string>; command?: string } = {},
) => {
  workspace = await Workspace.with({
    spec: specOf(['One', '- a', 'Test Command: check']),
    files: { ...files, ...more },
  })
  const context = await workspace.open()
  const checkout = { directory: workspace.root }
  return notInstalled(context, context.run.base.tree, checkout, { command, output })
}

/** A run whose gate prints this and fails. */
const conducted = async (output: string) => {
  workspace = await Workspace.with({
    spec: specOf(['One', '- a', 'Test Command: check']),
    files,
    agents: { fix: 'echo x > tried.txt' },
  })
  await workspace.agents.program('check', `cat <<'END'\n${output}\nEND\nexit 1`)
  return workspace.conduct()
}

test('a command that fails because nothing installs the dependencies costs no second agent', async () => {
  const run = await conducted('sh: 1: vitest: not found')
  expect(run.agents).toEqual(['implement 1 one'])
  expect(run.said.filter(({ type }) => type === 'gate')).toHaveLength(1)
  expect(run.failures).toMatchObject([
    {
      id: '1/test',
      reason: 'escalated',
      message:
        'nothing installs the dependencies that package-lock.json asks for (vitest is missing) (needed by check)',
      escalation: {
        next: [
          'add this line to the front matter of .spec/SPEC.md and commit it: setup: npm ci',
          expect.stringContaining(':conduct'),
        ],
      },
    },
  ])
})

test('one that misses a file of the project is given to an agent', async () => {
  const run = await conducted("Error: Cannot find module './missing.js'")
  expect(run.agents).toContain('fix 1')
})

describe('nothing installs the dependencies, says', () => {
  test.each([
    'npm error npx canceled due to missing packages and no YES option: ["vitest@4.1.12"]',
    "Error: Cannot find module 'left-pad/lib/x.js'\nRequire stack:\n- /home/me/x.js",
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'vitest' imported from /home/me/x.js",
    "Error: Cannot find module '/home/me/node_modules/vitest/vitest.mjs'",
    'bash: line 1: tsc: command not found',
    'sh: 1: tsserver: not found',
    "Usage Error: The project in /home/me/package.json doesn't seem to have been installed - running an install there might help",
  ])('%s', async (output) => {
    expect((await diagnosed(output))?.next).toMatch(/: setup: npm ci$/)
  })

  test('the command of the lockfile that is there, in its folder', async () => {
    workspace = await Workspace.with({
      spec: specOf(['One', '- a']),
      files: { 'web/pnpm-lock.yaml': 'x\n', 'web/package.json': '{"dependencies":{"vue":"3"}}\n' },
    })
    const context = await workspace.open()
    const failed = { command: 'check', output: "Cannot find module 'vue'" }
    const fault = await notInstalled(context, context.run.base.tree, { directory: workspace.root }, failed)
    expect(fault?.next).toMatch(/: setup: cd web && pnpm install --frozen-lockfile$/)
  })

  test('Python', async () => {
    const more = { 'requirements.txt': 'PyYAML==6.0\n' }
    const fault = await diagnosed("ModuleNotFoundError: No module named 'yaml'", { more })
    expect(fault?.next).toMatch(/: setup: pip install -r requirements\.txt$/)
  })
})

describe('an agent may have caused', () => {
  test.each([
    ['a file of the project', "Error: Cannot find module './missing.js'"],
    ['a file by its whole path', "Error: Cannot find module '/home/me/src/missing.js'"],
    ['a package of the workspace', "Error: Cannot find package 'own' imported from /home/me/x.js"],
    ['a package that nobody declares', "Error: Cannot find module 'nowhere'"],
    ['a module of Node', "Error: Cannot find module 'node:nothing'"],
    ['a program that nobody declares', 'sh: 1: nowhere: not found'],
    ['a Python module of the project', "ModuleNotFoundError: No module named 'own_thing'"],
  ])('%s', async (_, output) => {
    const more = { 'own_thing/x.py': '', 'requirements.txt': 'own_thing\n' }
    expect(await diagnosed(output, { more })).toBeUndefined()
  })

  test('what is missing after a command that installs, and after something was installed', async () => {
    const output = "Error: Cannot find module 'left-pad'"
    expect(await diagnosed(output, { command: 'npm ci && npm test' })).toBeUndefined()
    await workspace?.remove()
    expect(await diagnosed(output, { command: 'npm run test' })).toBeDefined()
    await workspace?.remove()
    expect(await diagnosed(output, { more: { 'node_modules/left-pad/x': '' } })).toBeUndefined()
  })
})

test('what is missing is read once per name', () => {
  const text = `sh: 1: vitest: not found\nsh: 1: vitest: not found\ncommand not found: nx\nCannot find module '@a/b/c'\n["x"]`
  expect(missingIn(text)).toEqual([
    { language: 'node', kind: 'package', name: '@a/b' },
    { language: 'node', kind: 'program', name: 'vitest' },
    { language: 'node', kind: 'program', name: 'nx' },
    { language: 'python', kind: 'program', name: 'vitest' },
    { language: 'python', kind: 'program', name: 'nx' },
  ])
  expect(missingIn('npx canceled due to missing packages and no YES option: ["@a/b@1.0.0", "c@2"]')).toEqual([
    { language: 'node', kind: 'program', name: '@a/b' },
    { language: 'node', kind: 'program', name: 'c' },
  ])
})
