/**
 * `npm run bench -- status [EVENTS]`: `spec:status` on a long run log against a short one. Measured is the plugin's own
 * time, as a process of its own: loading it, opening the log, folding it and printing. Build first.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { currentHolder, openRunLog } from '@nx-conduct/store'

const events = Number(process.argv[2] ?? 10_000)
const times = 5
const phases = 50
const executor = fileURLToPath(import.meta.resolve('nx-conduct/package.json')).replace(
  /package\.json$/,
  'dist/executors/status.js',
)
// Written once and read by what is measured: in memory the writing takes seconds instead of minutes.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'nx-conduct-bench-'))

try {
  const [short, long] = [await workspace('short', 30), await workspace('long', events)]
  const took = [[], []]
  for (let time = 0; time < times; time += 1) {
    for (const [index, root] of [short, long].entries()) took[index].push(status(root))
  }
  const [shortMs, longMs] = took.map((each) => each.sort((a, b) => a - b)[Math.floor(times / 2)])
  console.log(`status of 30 events              p50 ${shortMs.toFixed(0)} ms`)
  console.log(
    `status of ${String(events).padEnd(6)} events          p50 ${longMs.toFixed(0)} ms  ${(longMs / shortMs).toFixed(2)}x`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** A repository whose spec has a run of so many events. */
async function workspace(name, count) {
  const root = join(folder, name)
  mkdirSync(join(root, '.spec'), { recursive: true })
  const sections = Array.from(
    { length: phases },
    (_, index) => `### Phase ${index + 1}: Part ${index + 1}\n- build it\n`,
  )
  writeFileSync(join(root, '.spec', 'SPEC.md'), `## Implementation Phases\n\n${sections.join('\n')}`)
  const git = (...args) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=b', '-c', 'user.email=b@localhost', ...args], {
      encoding: 'utf8',
    }).trim()
  git('init', '--quiet')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'Spec')
  const work = { commit: git('rev-parse', 'HEAD'), tree: git('rev-parse', 'HEAD^{tree}') }
  const log = await openRunLog({
    commonDir: join(root, '.git'),
    spec: 'spec',
    holder: currentHolder(),
    now: () => new Date(),
    onNotice: ({ message }) => console.log(message),
  })
  for (let index = 0; index < count; index += 1) {
    const outcome = await log.append({ operationId: `op ${index}`, body: bodyOf(index, work) })
    if (outcome.kind !== 'recorded') throw new Error(JSON.stringify(outcome))
  }
  await log.close()
  return root
}

/** What a run is made of: each step starts, leaves evidence, and is accepted. */
function bodyOf(index, { commit, tree }) {
  const phase = String((Math.floor(index / 3) % phases) + 1)
  const about = {
    run: 'r',
    phase,
    stepKey: createHash('sha256')
      .update(`step ${Math.floor(index / 3)}`)
      .digest('hex'),
  }
  if (index === 0) {
    const plan = Array.from({ length: phases }, (_, at) => String(at + 1))
    return {
      type: 'run.opened',
      run: 'r',
      spec: 'spec',
      base: commit,
      plan: commit,
      specFile: '.spec/SPEC.md',
      phases: plan.map((id) => ({ id, slug: id, title: `Part ${id}`, slice: id, dependsOn: [] })),
    }
  }
  if (index % 3 === 0) return { type: 'step.started', step: 'test', ...about }
  if (index % 3 === 1) {
    const result = { step: 'test', commit, tree, rounds: 0 }
    const summary = 'x'.repeat(200)
    return { type: 'step.accepted', step: 'test', ...about, source: 'executed', result, summary, durationMs: 1 }
  }
  const at = new Date().toISOString()
  const gate = { gate: 'test', version: 1, rule: `npm test -- ${index}`, tree, environment: 'env' }
  return { type: 'evidence.recorded', run: 'r', phase, evidence: { ...gate, outcome: 'passed', exitCode: 0, at } }
}

/** How long the executor takes, in milliseconds. */
function status(root) {
  const context = { root, isVerbose: false, nxJsonConfiguration: {}, projectsConfigurations: { projects: {} } }
  const script = `
    const { default: status } = await import(${JSON.stringify(executor)})
    const { success } = await status({ spec: '.spec/SPEC.md' }, ${JSON.stringify(context)})
    if (!success) process.exitCode = 1`
  const startedMs = performance.now()
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    encoding: 'utf8',
  })
  if (!output.includes('Part 50')) throw new Error(`this is no status:\n${output}`)
  return performance.now() - startedMs
}
