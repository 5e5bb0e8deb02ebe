/** A client, another client, and `conduct` on one run. */

import { session } from '../../rig/small.mjs'
import { call, makeStage, smallSpec, stdioClient } from './stage.mjs'

const rehearsed = smallSpec.replace(
  'name: spec\n',
  'name: spec\nagent: { driver: anthropic, model: claude-sonnet-5-5, rehearsal: .spec/score.yaml }\n',
)
const files = {
  '.spec/SPEC.md': rehearsed,
  '.spec/score.yaml': `sessions:\n${session('1', 'one', { 'one/number.txt': '1\n' }, 1)}${session('1', 'other', { 'other/number.txt': '2\n' }, 1)}${session('2', 'sums', { 'sums/sum.txt': '3\n' }, 1)}`,
}

export async function runTogether(tally, chosen) {
  const rows = {
    'together: conduct goes on from a phase that a client completed': fromClientToConduct,
    'together: conduct goes on from a checkpoint that nobody marked complete': fromCheckpointToConduct,
    'together: a client goes on from a phase that conduct completed': fromConductToClient,
    'together: two clients share one task': twoClients,
    'together: work that nobody took stays, and conduct says so': unclaimed,
  }
  for (const [name, act] of Object.entries(rows)) {
    if (!chosen(name)) continue
    const stage = makeStage('together', { files })
    const problems = []
    const expect = (holds, what) => holds || problems.push(what)
    try {
      await act(stage, expect)
      const history = stage.run(process.execPath, [stage.program, 'verify-history'])
      expect(history.output.includes(' 0 problems'), history.output)
    } catch (error) {
      problems.push(error.stack)
    } finally {
      stage.remove()
    }
    tally.ended(name, problems)
  }
}

async function firstPhase(stage, client) {
  const { task_id } = await call(client, 'start_task', { description: 'a', working_dir: '.' })
  const { path: one } = await call(client, 'create_worktree', { task_id, name: 'one' })
  const { path: other } = await call(client, 'create_worktree', { task_id, name: 'other' })
  stage.must('sh', [
    '-c',
    `mkdir -p ${one}/one ${other}/other; echo '1 by hand' > ${one}/one/number.txt; echo 2 > ${other}/other/number.txt`,
  ])
  return { task_id, one, other }
}

/** How many sessions of agents a phase had. */
function agentsOf(stage, phase) {
  const { output } = stage.run(process.execPath, [stage.program, 'log', '--json'])
  const events = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  return events.filter((event) => event.type === 'agent.finished' && event.phase === phase).length
}

function conduct(stage, expect, more = []) {
  const { exitCode, output } = stage.nx(['run', 'spec:conduct', '--outputStyle=stream', ...more])
  expect(exitCode === 0, output)
  return output
}

async function fromClientToConduct(stage, expect) {
  const { client, close } = await stdioClient(stage)
  const { task_id } = await firstPhase(stage, client)
  const { id } = await call(client, 'create_checkpoint', { task_id, phase: '1', working_dir: '.' })
  await call(client, 'mark_phase_complete', { task_id, phase_name: '1', checkpoint_id: id })
  await close()
  conduct(stage, expect)
  expect(agentsOf(stage, '1') === 0 && agentsOf(stage, '2') === 1, 'not one agent for phase 2 alone')
  expect(stage.git('show', 'main:one/number.txt') === '1 by hand\n', 'the work of the client is not in the result')
  expect(stage.git('show', 'main:sums/sum.txt') === '3\n', 'phase 2 is not in the result')
  const { output } = stage.run(process.execPath, [stage.program, 'status'])
  expect(output === 'done\n', output)
}

async function fromCheckpointToConduct(stage, expect) {
  const { client, close } = await stdioClient(stage)
  const { task_id } = await firstPhase(stage, client)
  await call(client, 'create_checkpoint', { task_id, phase: '1', working_dir: '.' })
  await close()
  conduct(stage, expect)
  expect(agentsOf(stage, '1') === 0, 'an agent ran for phase 1')
  expect(stage.git('show', 'main:one/number.txt') === '1 by hand\n', 'the work of the client is not in the result')
}

async function fromConductToClient(stage, expect) {
  const { exitCode, output } = stage.nx(['run', 'spec-phase-1:conduct-checkpoint', '--outputStyle=stream'])
  expect(exitCode === 0, output)
  const { client, close } = await stdioClient(stage)
  const { task_id, status } = await call(client, 'start_task', { description: 'a', working_dir: '.' })
  expect(status === 'resumed', `the task is ${status}`)
  const state = await call(client, 'get_task_state', { task_id })
  expect(state.phases_complete.join() === '1' && state.current_phase === '2', JSON.stringify(state))
  const { path } = await call(client, 'create_worktree', { task_id, name: 'sums' })
  stage.must('sh', ['-c', `test -f ${path}/one/number.txt; mkdir -p ${path}/sums; echo 3 > ${path}/sums/sum.txt`])
  const { id } = await call(client, 'create_checkpoint', { task_id, phase: '2', working_dir: path })
  await call(client, 'mark_phase_complete', { task_id, phase_name: '2', checkpoint_id: id })
  const done = await call(client, 'complete_task', { task_id, commit_changes: false })
  expect(done.status === 'result kept' && done.branch === 'conduct/spec', JSON.stringify(done))
  const [program, ...args] = done.next.split(' ')
  stage.must(program, args)
  expect(stage.git('show', 'main:one/number.txt') === '1\n', 'the printed command did not take the result')
  await close()
}

async function twoClients(stage, expect) {
  const [first, second] = [await stdioClient(stage), await stdioClient(stage)]
  const started = await Promise.all(
    [first, second].map(({ client }) => call(client, 'start_task', { description: 'a', working_dir: '.' })),
  )
  expect(started[0].task_id === started[1].task_id, 'two tasks')
  const { task_id } = started[0]
  const made = await Promise.all(
    [first, second].map(({ client }) => call(client, 'create_worktree', { task_id, name: 'one' })),
  )
  expect(made[0].path === made[1].path, 'two worktrees for one module')
  const { one, other } = await firstPhase(stage, first.client)
  expect(one === made[0].path, `another worktree: ${one}, ${other}`)
  const checkpoints = await Promise.all(
    [first, second].map(({ client }) => call(client, 'create_checkpoint', { task_id, phase: '1', working_dir: '.' })),
  )
  expect(checkpoints[0].id === checkpoints[1].id, `two checkpoints: ${checkpoints.map(({ id }) => id)}`)
  const complete = await Promise.all(
    [first, second].map(({ client }) =>
      call(client, 'mark_phase_complete', { task_id, phase_name: '1', checkpoint_id: checkpoints[0].id }),
    ),
  )
  expect(
    complete.every(({ phases_complete }) => phases_complete.join() === '1'),
    JSON.stringify(complete),
  )
  await first.close()
  await second.close()
}

async function unclaimed(stage, expect) {
  const { client, close } = await stdioClient(stage)
  const { one } = await firstPhase(stage, client)
  await close()
  const output = conduct(stage, expect)
  expect(output.includes('has changes that nobody handed in'), `no notice: ${output}`)
  stage.must('test', ['-f', `${one}/one/number.txt`])
}
