import { afterEach, expect, test } from 'vitest'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

/** Makes `gen/one.txt` and `gen/two.txt` from `source.txt`. */
const generator = 'mkdir -p gen; sed s/^/one:/ source.txt > gen/one.txt; sed s/^/two:/ source.txt > gen/two.txt'
const files = { 'source.txt': 'text\n', 'generate.sh': `${generator}\n`, '.gitignore': '*.log\n' }
const phase = ['One', '- a', 'Generated: `gen/**` by `sh generate.sh`'] as const

async function conduct(implement: string, more: { settings?: string; fix?: string; lines?: readonly string[] } = {}) {
  workspace = await Workspace.with({
    spec: specWith(more.settings ?? 'rounds: 0', [phase[0], ...(more.lines ?? phase.slice(1))]),
    files,
    agents: { implement, ...(more.fix === undefined ? {} : { fix: more.fix }) },
  })
  return workspace.conduct()
}

test('files that the command still makes as they are in the tree pass', async () => {
  const run = await conduct('sh generate.sh')
  expect(run.failures, run.text).toEqual([])
})

test('what the command makes and a .gitignore hides is no new file', async () => {
  const run = await conduct("echo 'touch gen/made.log' >> generate.sh; sh generate.sh")
  expect(run.failures, run.text).toEqual([])
})

test.each([
  ['nobody has run the command', 'true', 'gen/** is there', 'nothing in the tree matches gen/**'],
  ['they are empty', 'mkdir gen; touch gen/one.txt', 'gen/** is there', 'gen/one.txt is empty'],
  ['their source changed', 'sh generate.sh; echo more >> source.txt', '`sh generate.sh` makes', 'gen/one.txt: changed'],
  ['one was written by hand', 'sh generate.sh; echo >> gen/two.txt', '`sh generate.sh` makes', 'gen/two.txt: changed'],
  ['one was left out', 'sh generate.sh; rm gen/two.txt', '`sh generate.sh` makes', 'gen/two.txt: new'],
  [
    'the command removes one',
    "echo 'rm gen/two.txt' >> generate.sh; sh generate.sh; cp gen/one.txt gen/two.txt",
    '`sh generate.sh` makes',
    'gen/two.txt: missing',
  ],
  [
    'only its mode differs',
    "sh generate.sh; echo 'chmod +x gen/two.txt' >> generate.sh",
    '`sh generate.sh` makes',
    'gen/two.txt: changed',
  ],
  [
    'the command makes git believe that nothing changed',
    "sh generate.sh; echo hand >> gen/one.txt; echo 'git add --all; git -c user.name=a -c user.email=a commit -qm a; git update-index --assume-unchanged gen/one.txt; touch -d @0 gen/*' >> generate.sh",
    '`sh generate.sh` makes',
    'gen/one.txt: changed',
  ],
  [
    'the command fails',
    "sh generate.sh; echo 'echo broken; exit 3' >> generate.sh",
    '`sh generate.sh` makes',
    'broken',
  ],
])('files do not pass where %s', async (_, implement, rule, finding) => {
  const run = await conduct(implement)
  expect(run.failures).toMatchObject([
    { id: '1/validate', message: expect.stringContaining('the gate generated stayed red') },
  ])
  expect(run.failures[0]?.message).toContain(rule)
  expect(JSON.stringify(run.failures[0])).toContain(finding)
})

test('the agent that fixes them is told which they are, and every agent that they are made by the command', async () => {
  const run = await conduct('sh generate.sh; echo more >> source.txt', {
    settings: 'rounds: 1',
    fix: 'cp "$here/prompt" fixing.txt; sh generate.sh',
  })
  expect(run.failures, run.text).toEqual([])
  const prompt = await workspace.agents.prompt()
  expect(prompt).toContain('`gen/**` by `sh generate.sh`')
  expect(prompt).toContain('gen/one.txt: changed: the command makes it otherwise')
  expect(prompt).toContain('gen/two.txt: changed')
})

test('a command that is not installed is a fault of the machine, and no agent is asked to fix it', async () => {
  const run = await conduct('mkdir gen; echo a > gen/a', {
    settings: 'rounds: 1',
    lines: ['- a', 'Generated: `gen/**` by `no-such-generator --out gen`'],
  })
  expect(run.failures[0]?.message).toContain('the program no-such-generator is not installed')
  expect(await workspace.agents.sessions()).toEqual(['implement 1'])
})
