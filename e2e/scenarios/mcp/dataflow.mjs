/** The DataFlow example through the ten tools, with the work of its score done in the worktrees. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { call, makeStage, refused } from './stage.mjs'

/** The example with reviews off: an agent's verdict is no tool's business. */
export function dataflowStage(name) {
  const stage = makeStage(name, { example: 'dataflow' })
  const spec = readFileSync(join(stage.root, '.spec/SPEC.md'), 'utf8')
  stage.write({ '.spec/SPEC.md': spec.replace('concurrency: 4\n', 'concurrency: 4\nreview: off\n') })
  stage.commit('Without reviews')
  return stage
}

/** What `conduct` makes of it: the tree that the tools have to come to. */
export function conductedTree() {
  const stage = dataflowStage('conducted')
  try {
    const { exitCode, output } = stage.nx(['run', 'spec:conduct', '--outputStyle=stream'])
    if (exitCode !== 0) throw new Error(output)
    return { tree: stage.git('rev-parse', 'main^{tree}').trim(), listing: stage.git('ls-tree', '-r', 'main') }
  } finally {
    stage.remove()
  }
}

/** Plays what a session does to files. */
function play(session, directory) {
  const write = (path, text) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  for (const { create, replace } of session.turns.flatMap(({ tools = [] }) => tools)) {
    if (create !== undefined) write(create.path, create.text)
    if (replace !== undefined) {
      const before = readFileSync(join(directory, replace.path), 'utf8')
      if (!before.includes(replace.old)) throw new Error(`${replace.path} does not have ${replace.old}`)
      write(
        replace.path,
        before.replace(replace.old, () => replace.new),
      )
    }
  }
}

/** Drives everything. Returns what is wrong; an empty list is a pass. */
export async function drive(client, stage, expected) {
  const problems = []
  const expect = (holds, what) => holds || problems.push(what)
  const { sessions } = parse(readFileSync(join(stage.root, '.spec/score.yaml'), 'utf8'))
  const sessionOf = (role, phase, module) =>
    sessions.find((each) => each.role === role && each.phase === phase && each.module === module)
  const head = stage.git('rev-parse', 'HEAD').trim()
  const { task_id, phases } = await call(client, 'start_task', { description: 'DataFlow', working_dir: stage.root })
  const made = []
  let reds = 0
  let rolledBack = false

  const build = async (phase) => {
    const worktrees = {}
    await Promise.all(
      phase.modules.map(async ({ name }) => {
        worktrees[name] = (await call(client, 'create_worktree', { task_id, name, phase: phase.id })).path
      }),
    )
    for (const [name, directory] of Object.entries(worktrees)) {
      const session =
        sessionOf('implementation-executor', phase.id, name) ??
        sessionOf('implementation-executor', phase.id, undefined)
      play(session, directory)
    }
    const attempt = () =>
      client.callTool(
        { name: 'create_checkpoint', arguments: { task_id, phase: phase.id, working_dir: stage.root } },
        undefined,
        {
          timeout: 600_000,
        },
      )
    let answer = await attempt()
    if (answer.isError && answer.content[0].text.includes('conflict')) {
      const architect = sessionOf('synthesis-architect', phase.id, undefined)
      for (const name of ['api', 'stream']) play(architect, worktrees[name])
      answer = await attempt()
    }
    if (answer.isError) throw new Error(answer.content[0].text)
    if (!answer.structuredContent.made) {
      reds += 1
      const [{ output }] = answer.structuredContent.failed
      expect(/✖|not ok/.test(output), `the red gate does not show the failed test: ${output}`)
      play(sessionOf('fix-executor', phase.id, undefined), worktrees.store)
      answer = await attempt()
    }
    const checkpoint = answer.structuredContent
    if (!checkpoint.made) throw new Error(answer.content[0].text)
    await call(client, 'mark_phase_complete', { task_id, phase_name: phase.id, checkpoint_id: checkpoint.id })
    return checkpoint
  }

  for (const phase of phases) {
    made.push(await build(phase))
    if (phase.id === '4' && !rolledBack) {
      rolledBack = true
      const early = await refused(client, 'complete_task', { task_id, commit_changes: true })
      expect(early.includes('phase 5 is not complete'), `complete_task too early: ${early}`)
      // Phase 4 is taken back, and built again.
      const back = await call(client, 'rollback_to_checkpoint', { task_id, checkpoint_id: made[2].id })
      expect(back.built_again.includes('4'), `built again: ${back.built_again}`)
      made.pop()
      made.push(await build(phase))
    }
  }
  expect(reds === 1, `${reds} red gates instead of 1`)
  const { checkpoints } = await call(client, 'list_checkpoints', { task_id })
  const current = checkpoints.filter(({ stale }) => !stale)
  expect(current.length === 5, `${current.length} current checkpoints instead of 5`)
  expect(stage.git('rev-parse', 'HEAD').trim() === head, 'HEAD moved before complete_task')
  expect(stage.git('status', '--porcelain') === '', 'the working tree changed before complete_task')
  const done = await call(client, 'complete_task', { task_id, commit_changes: true })
  expect(done.status === 'branch moved', `complete_task: ${JSON.stringify(done)}`)
  const tree = stage.git('rev-parse', 'main^{tree}').trim()
  if (tree !== expected.tree) {
    const listing = stage.git('ls-tree', '-r', 'main')
    const differing = listing.split('\n').filter((line) => !expected.listing.includes(line))
    problems.push(`the tree differs from that of conduct: ${differing.join('; ')}`)
  }
  const cleaned = await call(client, 'cleanup_worktrees', { task_id })
  expect(cleaned.kept.length === 0, `worktrees are kept: ${JSON.stringify(cleaned.kept)}`)
  const history = execFileSync(process.execPath, [stage.program, 'verify-history'], {
    cwd: stage.root,
    env: stage.env,
    encoding: 'utf8',
  })
  expect(history.includes(' 0 problems'), `verify-history: ${history}`)
  return problems
}
