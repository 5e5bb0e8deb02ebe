/**
 * `npm run bench -- agents [--times N] [--counts 1,8,64]`: what one more agent costs. Agents of five turns each work side by side
 * through the Messages API driver, against a rehearsal in a process of its own. Build first.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { consumptionOf } from './consumption.mjs'
import { discard, environment, makeRepository, median, withGround } from './ground.mjs'

const key = 'of-the-bench'

/** What one more agent may cost. */
const goals = { cpuSeconds: 0.1, megabytes: 1 }

const { values } = parseArgs({
  options: { times: { type: 'string', default: '3' }, counts: { type: 'string', default: '1,8,64' } },
})
const times = Number(values.times)
const counts = values.counts.split(',').map(Number)

await withGround(async (folder) => {
  const used = new Map(counts.map((count) => [count, []]))
  for (let time = 1; time <= times; time += 1) {
    for (const count of counts) used.get(count).push(await conduct(join(folder, `agents-${count}-${time}`), count))
  }
  console.log(`agents of 5 turns side by side, median of ${times} (least – most)`)
  for (const [count, runs] of used) {
    const [cpu, memory, seconds] = [runs.map(cpuOf), runs.map(memoryOf), runs.map(({ ms }) => ms / 1000)]
    console.log(
      `${String(count).padStart(4)} agents  ${spread(cpu, 2)} CPU s  ${spread(memory, 0)} MB  ${spread(seconds, 1)} s`,
    )
  }
  if (counts.length < 2) return
  const [few, many] = counts.slice(-2)
  const slope = (of) => used.get(few).map((run, at) => (of(used.get(many)[at]) - of(run)) / (many - few))
  console.log(`one more agent (from ${few} to ${many})`)
  result('CPU seconds', slope(cpuOf), goals.cpuSeconds)
  result('megabytes', slope(memoryOf), goals.megabytes)
})

function result(what, figures, goal) {
  const ratio = (median(figures) / goal).toFixed(2)
  console.log(`  ${what.padEnd(12)} ${spread(figures, 3)}  goal ${goal}  ${ratio}x`)
}

function cpuOf({ cpuSeconds }) {
  return cpuSeconds
}

function memoryOf({ peakBytes }) {
  return peakBytes / 2 ** 20
}

function spread(figures, digits) {
  const [least, most] = [Math.min(...figures), Math.max(...figures)]
  const width = digits + 5
  return `${median(figures).toFixed(digits).padStart(width)} (${least.toFixed(digits)} – ${most.toFixed(digits)})`
}

/** One run with so many agents in a repository of its own. */
async function conduct(root, count) {
  const names = Array.from({ length: count }, (_, at) => `m${at + 1}`)
  makeRepository(root, { count: 100, files: { '.spec/SPEC.md': specOf(names) } })
  const server = await startServer(`${root}.score.yaml`, names)
  try {
    return await consumptionOf(join(root, 'node_modules/.bin/nx'), ['run', 'spec:conduct'], {
      cwd: root,
      env: { ...environment(root), ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: key },
    })
  } finally {
    await server.stop()
    discard(root)
  }
}

async function startServer(score, names) {
  writeFileSync(score, `sessions:\n${names.map(sessionOf).join('')}`)
  const program = fileURLToPath(new URL('rehearsal-server.mjs', import.meta.url))
  const child = spawn(process.execPath, [program, score, key], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [url] = await once(child.stdout, 'data')
  return {
    url: String(url).trim(),
    async stop() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}

function specOf(names) {
  return `---
agent: { driver: anthropic, model: rehearsed }
review: off
concurrency: ${names.length}
---
# Bench

## Implementation Phases

### Phase 1: All at once
- Write the files
Modules: ${names.map((name) => `${name} (${name}/**)`).join(', ')}
Test Command: test -f ${names[0]}/made.txt
`
}

/** Five turns: a file, a look at it, a command, a change, and the report. */
function sessionOf(name) {
  return `  - role: implementation-executor
    phase: "1"
    module: ${name}
    turns:
      - { say: Writing., tools: [{ create: { path: ${name}/made.txt, text: "made by hand\\n" } }] }
      - { say: Reading., tools: [{ view: ${name}/made.txt }] }
      - { say: Trying., tools: [{ bash: "test -s ${name}/made.txt && ls ${name}" }] }
      - { say: Correcting., tools: [{ replace: { path: ${name}/made.txt, old: by hand, new: with care } }] }
      - report: { built: "${name} is written", tests: "not run" }
`
}
