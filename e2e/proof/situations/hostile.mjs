import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkoutOf } from '../whose-checkout.mjs'
import { emptyHandOver, forgeHandOver, labelOfAdd, redisMeta } from './moments.mjs'
import { commitAll } from './place.mjs'

/** Agents that misbehave, and text that would become a command or steer a terminal. */

/** An agent rewrites what steps handed over; the recorded work decides. */
function forged(name, module, command) {
  return {
    name,
    async prove(scene) {
      const root = join(scene.folder, 'workspace')
      const place = await scene.open({ score: { commands: { [module]: command(root) } } })
      await scene.conducts(place)
      await scene.holdsResult(place)
    },
  }
}

/** A text of the spec's that a shell would run. Nothing of it runs. */
function noCommand(name, { folder, settings = () => '', score = 'score.yaml' } = {}) {
  return {
    name: `issue 13: ${name}`,
    async prove(scene) {
      const place = await scene.open({ own: false })
      await scene.user(place, async () => {
        const spec = await place.read('.spec/SPEC.md')
        const at = folder === undefined ? '.spec' : `${folder}/.spec`
        const named = spec
          .replace('name: spec', 'name: odd')
          .replace('rehearsal: .spec/score.yaml', `rehearsal: ${JSON.stringify(`${at}/${score}`)}`)
          .replace('rounds: 1\n', `rounds: 1\n${settings(place)}`)
        await place.write(`${at}/${score}`, await place.read('.spec/score.yaml'))
        await place.write(`${at}/SPEC.md`, named)
        await commitAll(place, 'Odd')
      })
      const run = scene.heard(place.nx(['run', 'odd:conduct', '--outputStyle=stream']))
      const ended = await scene.endOf(run)
      const { output } = await place.sh(`find '${scene.folder}' -type f -name 'pwned*'`)
      scene.expect(!/\/pwned/.test(output.replace(/^\$.*\n/, '')), `it was run by a shell: ${output.trim()}`)
      if (ended.code === 0) await scene.holdsResult(place)
      else scene.expect((await place.sessions()).length === 0, 'agents were run before it was refused')
    },
  }
}

/** Everything that prints: none of it lets a control character through. `endOf` judges each. */
async function printAll(scene, place) {
  const prints = (run) => scene.endOf(scene.heard(run), { isRun: false })
  await prints(place.executor('lint'))
  await prints(place.executor('plan'))
  await prints(place.conduct())
  await prints(place.executor('status'))
  for (const flags of [[], ['--mermaid'], ['--dot'], ['--json']]) {
    await prints(place.cli('compile', '.spec/SPEC.md', ...flags))
  }
  for (const flags of [[], ['--json']]) await prints(place.cli('log', ...flags))
  await prints(place.executor('plan'))
}

function quiet(name, { spec = {}, score = {}, files = {}, change = (text) => text, left = /^$/ }) {
  return {
    name: `issue 14: control characters in ${name}`,
    async prove(scene) {
      const place = await scene.open({ own: false, spec, score, files })
      await scene.user(place, async () => {
        const text = await place.read('.spec/score.yaml')
        const changed = change(text)
        if (changed !== text) await place.commit('.spec/score.yaml', changed)
      })
      scene.mayLeave(left)
      await printAll(scene, place)
    },
  }
}

const steering = '\u001b]0;owned\u0007\u001b[2J\u001b[1Aover'

export const rows = [
  forged('issue 7: an agent rewrites what another module handed over', 'twice', forgeHandOver),
  forged('issue 7: an agent empties what an earlier phase handed over', 'add', emptyHandOver),
  {
    name: "issue 8: Redis' fence is set to 2^53",
    stores: ['redis'],
    async prove(scene) {
      const place = await scene.open()
      const run = await scene.midRun(place)
      const keys = (await scene.redis.client.keys('*')).filter((key) => redisMeta.test(key))
      scene.expect(keys.length > 0, 'nothing in Redis is called meta')
      for (const key of keys) await scene.redis.client.hset(key, 'fence', String(2 ** 53))
      const { hung } = await scene.goOn(place, run, {})
      if (hung) return
      await scene.conducts(place)
      await scene.holdsResult(place)
      const start = await place.git('rev-list', '--max-parents=0', 'main')
      await scene.user(place, () => place.git('stash', 'push', '--quiet', '--include-untracked'))
      await place.git('reset', '--quiet', '--hard', start)
      await scene.watch(place)
      const alone = { env: { NX_CONDUCT_REDIS_URL: undefined } }
      await scene.ends(place.executor('redo', { phase: '2' }, alone), 0, 'redo without Redis')
      await scene.conducts(place, alone)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'issue 11: links that lead outside once they are merged',
    async prove(scene) {
      const leaked = join(scene.folder, 'leaked')
      const beforeTest = `cat twice/l >> '${leaked}' 2>/dev/null; echo tested >> '${leaked}'; `
      const commands = {
        add: 'mkdir -p add/deep && ln -s ../.. add/deep/d',
        twice: 'mkdir -p twice && ln -s ../add/deep/d/../secret twice/l',
      }
      const place = await scene.open({ spec: { beforeTest }, score: { commands } })
      const run = await scene.midRun(place)
      const worktree = await checkoutOf(place.home, labelOfAdd)
      await writeFile(join(dirname(worktree), 'secret'), 'a secret outside\n')
      scene.mayLeave(/\/secret$/)
      scene.mayLeave(/-failed-/)
      const ended = await scene.goOn(place, run, {})
      scene.expect(ended.code !== 0, 'the run ended with 0')
      scene.says(ended, /link/)
      const { output } = await place.sh(`cat '${leaked}' 2>/dev/null`)
      scene.expect(!output.includes('a secret outside'), 'what is outside was read by a test command')
      scene.expect(!output.includes('\ntested'), 'the merged tree was checked out and tested')
      const tree = await place.git('ls-tree', '-r', '--name-only', 'main')
      scene.expect(!tree.includes('twice/l'), 'the link is on main')
    },
  },
  noCommand('spec folder with $(…)', { folder: 'libs/$(touch pwned)' }),
  noCommand('spec folder with quotes and backticks', { folder: 'libs/it\'s"`touch pwned`' }),
  noCommand('spec folder with spaces and a semicolon', { folder: 'libs/a; touch pwned ;b' }),
  noCommand('an entry of tools', { settings: () => 'tools: ["node; touch pwned", "$(touch pwned-too)"]\n' }),
  {
    name: 'issue 13: a program of tools that is in the repository gets no key',
    async prove(scene) {
      const seen = join(scene.folder, 'seen')
      const program = `#!/bin/sh\nenv >> '${seen}'\necho 1.0\n`
      const place = await scene.open({
        spec: { settings: 'tools: [bin/tool]' },
        files: { 'bin/tool': program },
        async prepare(place) {
          await place.sh('chmod +x bin/tool && git add bin/tool && git commit -qm Executable -- bin/tool')
        },
      })
      const key = 'sk-ant-not-a-real-key'
      const env = { ANTHROPIC_API_KEY: key, PATH: `${place.root}:${process.env.PATH}` }
      await scene.endOf(scene.heard(place.nx(['run', 'spec:conduct', '--outputStyle=stream'], { env })))
      const { output } = await place.sh(`cat '${seen}' 2>/dev/null`)
      scene.expect(!output.includes(key), 'the program was started with the key in its environment')
    },
  },
  noCommand('the remote', { settings: () => 'remote: "origin; touch pwned"\n' }),
  noCommand('the name of the score', { score: '$(touch pwned).yaml' }),
  quiet('a title', { spec: { title: `Base ${steering}` } }),
  quiet('what agents say and report', {
    change: (text) =>
      text
        .replaceAll(/say: Looking around\./g, 'say: "Looking \\e]0;owned\\a\\e[2J around"')
        .replaceAll(/built: "(.*?)"/g, 'built: "$1 \\e]0;owned\\a\\e[2J\\x9b31m"')
        .replaceAll(/tests: "not run", issues: \[\]/g, 'tests: "\\e[2J", issues: ["\\e]0;owned\\a"]'),
  }),
  quiet('file names', {
    score: { commands: { add: `mkdir -p add; printf x > "add/$(printf 'a\\033]0;owned\\007b')"` } },
  }),
  quiet('the output of a gate', {
    spec: { beforeTest: `printf '\\033]0;owned\\007\\033[2Jred\\n'; false && ` },
    left: /-failed-/,
  }),
  quiet('the output of setup', {
    files: { 'go.sum': '' },
    spec: { settings: `setup: "printf '\\\\033]0;owned\\\\007\\\\033[2Jred\\\\n'; exit 1"` },
    left: /-failed-/,
  }),
]
