/**
 * `npm run proof -- snapshots [--rows RE] [--keep]`
 *
 * What an agent may leave in its worktree, and what a base may hold, that git hangs on, runs full with, or takes for changed.
 * Each row ends in bounded time and memory with a word for the person, and leaves nothing behind.
 */
import { readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeGround } from './ground.mjs'
import { leftBehind } from './left-behind.mjs'
import { makeTally } from './tally.mjs'
import { changes, userState } from './user-state.mjs'
import { copyWorkspace, makeTemplate } from './workspace.mjs'

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '' }, keep: { type: 'boolean', default: false } },
})

const mostSeconds = 60
const mostMegabytes = 700

/** `agent`: what the agent does besides writing `made.txt`. `refused`: what the run says; without it the run works. */
const rows = {
  'a pipe named .gitignore': { agent: 'rm -f .gitignore; mkfifo .gitignore', refused: /\.gitignore \(a pipe/ },
  'a pipe named .gitattributes in a folder': {
    agent: 'mkdir s; mkfifo s/.gitattributes',
    refused: /s\/\.gitattributes \(a pipe/,
  },
  'a pipe and a socket': {
    agent: `mkfifo pipe; node -e 'require("node:net").createServer().listen("socket", () => process.kill(process.pid, "SIGKILL"))' || true`,
    says: /left out/,
  },
  'a pipe in an ignored folder': { agent: 'mkdir ignored; mkfifo ignored/pipe' },
  'a device': { agent: 'mknod zero c 1 5 || mkfifo zero', says: /zero.*left out/ },
  '200 000 files': {
    agent: `node -e 'const fs=require("node:fs");for(let d=0;d<200;d++){fs.mkdirSync("many/"+d,{recursive:true});for(let f=0;f<1000;f++)fs.writeFileSync("many/"+d+"/"+f,"")}'`,
    refused: /more than 150000 new files.*\.gitignore/,
  },
  '200 000 ignored files': {
    agent: `node -e 'const fs=require("node:fs");for(let d=0;d<200;d++){fs.mkdirSync("ignored/"+d,{recursive:true});for(let f=0;f<1000;f++)fs.writeFileSync("ignored/"+d+"/"+f,"")}'`,
  },
  'a sparse file of 5 GB': { agent: 'truncate -s 5G disk', refused: /disk \(the file is too large for git: 5120 MB/ },
  'an ignored sparse file of 5 GB': { agent: 'mkdir ignored; truncate -s 5G ignored/disk' },
  'a .gitignore of 2 GB': { agent: 'truncate -s 2G .gitignore', refused: /\.gitignore \(the file is too large/ },
  'folders nested beyond the longest path': {
    agent: `perl -e 'for (1..40) { mkdir $ARGV[0]; chdir $ARGV[0] or die }' "$(printf 'd%.0s' $(seq 200))"`,
    refused: /cannot be opened/,
  },
  'a name that is not UTF-8': { agent: `touch "$(printf 'a\\377b')"`, refused: /not UTF-8/ },
  'a name with a newline and a quote': { agent: `touch "$(printf 'a\\nb"c')"` },
  'a folder that cannot be opened': {
    agent: 'mkdir closed; touch closed/x; chmod 0 closed',
    mayWork: true,
    refused: /cannot be opened/,
  },
  'a base with CRLF under text rules': {
    base: { '.gitattributes': '*.txt text\n', 'crlf.txt': 'one\r\ntwo\r\n' },
    unchanged: ['crlf.txt'],
    raw: true,
  },
  'a base with ident': { base: { '.gitattributes': '*.c ident\n', 'x.c': '$Id$\n' }, unchanged: ['x.c'] },
  'a base whose LFS filter is required and absent': {
    base: {
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'x.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n',
    },
    config: {
      'filter.lfs.clean': 'no-such-git-lfs clean',
      'filter.lfs.smudge': 'no-such-git-lfs smudge',
      'filter.lfs.required': 'true',
    },
    unchanged: ['x.bin'],
  },
}

const ground = await makeGround('snapshots')
const tally = makeTally()
try {
  for (const [what, row] of Object.entries(rows)) {
    if (!new RegExp(values.rows).test(what)) continue
    const problems = []
    const place = await workspaceWith(what, row)
    const before = await userState(place)
    const startedMs = performance.now()
    const run = place.conduct()
    const peak = watchMemory(run.pid)
    const late = setTimeout(() => run.killGroup('SIGKILL'), mostSeconds * 1000)
    const { code } = await run.ended
    clearTimeout(late)
    const megabytes = peak()
    const seconds = (performance.now() - startedMs) / 1000
    const output = run.output()
    const isRefused = row.refused !== undefined && !(row.mayWork && code === 0)
    if (code !== (isRefused ? 1 : 0)) problems.push(`it ended with ${code} after ${seconds.toFixed(1)} s`)
    if (isRefused && !row.refused.test(output)) problems.push(`nobody was told ${row.refused}`)
    if (row.says && !row.says.test(output)) problems.push(`nobody was told ${row.says}`)
    if (megabytes > mostMegabytes) problems.push(`it took ${megabytes} MB`)
    if (isRefused) problems.push(...changes(before, await userState(place)).map((line) => `of the user: ${line}`))
    else {
      const changed = (await place.git('diff', '--name-only', 'v0', 'main')).split('\n')
      for (const path of row.unchanged ?? []) if (changed.includes(path)) problems.push(`${path} was taken for changed`)
      if (!changed.includes('made.txt')) problems.push('the work is not in the result')
    }
    problems.push(...(await leftBehind(place)).map((line) => `left: ${line}`))
    tally.ended(`${what} (${seconds.toFixed(1)} s, ${megabytes} MB)`, problems, output)
    if (!values.keep) await place.remove()
  }
} finally {
  if (!values.keep) await ground.remove()
}
tally.close()

/** The most memory that a process has had so far, in MB, as the kernel knows it. */
function watchMemory(pid) {
  let most = 0
  const look = () => {
    try {
      most = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
    } catch {
      // It has ended.
    }
  }
  const looking = setInterval(look, 50)
  return () => {
    clearInterval(looking)
    return Math.round(most)
  }
}

async function workspaceWith(what, { agent = 'true', base = {}, config = {}, raw = false }) {
  const folder = join(ground.folder, what.replace(/[^a-z0-9]+/gi, '-'))
  await mkdir(join(folder, 'template'), { recursive: true })
  const script = join(folder, 'agent.sh')
  await writeFile(script, `cat > /dev/null; echo made > made.txt; ${agent}\n`)
  const spec = `---
name: spec
agent: { driver: command, command: sh '${script}' }
review: off
tools: [git]
---
# Snapshots

## Implementation Phases

### Phase 1: Base
- Write a file
Test Command: test -f made.txt
`
  const rules = raw ? base['.gitattributes'] : undefined
  await makeTemplate(join(folder, 'template'), {
    spec,
    score: 'sessions: []\n',
    files: { '.gitignore': '.conduct\nignored\n', ...base, ...(raw ? { '.gitattributes': '' } : {}) },
  })
  const place = await copyWorkspace(join(folder, 'template'), join(folder, 'place'))
  for (const [name, value] of Object.entries(config)) await place.git('config', name, value)
  if (rules !== undefined) {
    // The rule comes after the file, as where somebody added it to a repository that was there.
    await writeFile(join(place.root, '.gitattributes'), rules)
    await place.git('commit', '--quiet', '--message', 'Rules', '.gitattributes')
    await place.git('tag', '--force', 'v0')
  }
  return { ...place, remove: () => rm(folder, { recursive: true, force: true }) }
}
