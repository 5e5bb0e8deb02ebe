/** A server that is killed in the middle of each tool: the same call to another server finishes, with one effect. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { call, makeStage, smallSpec, stdioClient } from './stage.mjs'

/** How far into a call the server is killed, as a part of the time that the call takes undisturbed. */
const parts = [0.2, 0.5, 0.8]

/** The calls of a whole task, in their order. Each gets what the ones before it answered. */
const calls = [
  ['start_task', () => ({ description: 'a', working_dir: '.' })],
  ['get_task_state', ({ task }) => ({ task_id: task })],
  ['create_worktree', ({ task }) => ({ task_id: task, name: 'one' })],
  ['list_worktrees', ({ task }) => ({ task_id: task })],
  ['create_checkpoint', ({ task }) => ({ task_id: task, phase: '1', working_dir: '.' })],
  ['list_checkpoints', ({ task }) => ({ task_id: task })],
  ['mark_phase_complete', ({ task, checkpoint }) => ({ task_id: task, phase_name: '1', checkpoint_id: checkpoint })],
  ['rollback_to_checkpoint', ({ task, checkpoint }) => ({ task_id: task, checkpoint_id: checkpoint })],
  ['complete_task', ({ task }) => ({ task_id: task, commit_changes: true })],
  ['cleanup_worktrees', ({ task }) => ({ task_id: task })],
]

export async function runKills(tally, chosen) {
  for (const part of parts) {
    if (calls.some(([tool]) => chosen(nameOf(tool, part)))) await killInEach(tally, chosen, part)
  }
}

const nameOf = (tool, part) => `kill: ${tool} at ${part * 100} %`

async function killInEach(tally, chosen, part) {
  const stage = makeStage('kills', { files: { '.spec/SPEC.md': smallSpec } })
  try {
    const known = {}
    for (const [tool, argumentsOf] of calls) {
      if (tool === 'complete_task') await buildPhaseTwo(stage, known)
      const problems = []
      const args = argumentsOf(known)
      const usualMs = await usual(stage, tool, args)
      await killed(stage, tool, args, usualMs * part)
      const { client, close } = await stdioClient(stage)
      try {
        const answer = await call(client, tool, args)
        problems.push(...(await effectsOf(client, stage, tool, answer, known)))
      } catch (error) {
        problems.push(`the same call again: ${error.message}`)
      } finally {
        await close()
      }
      if (chosen(nameOf(tool, part))) tally.ended(nameOf(tool, part), problems)
      if (problems.length > 0 && known.task === undefined) return
    }
    const problems = []
    const history = stage.run(process.execPath, [stage.program, 'verify-history'])
    if (!history.output.includes(' 0 problems')) problems.push(history.output)
    stage.nx(['run', 'spec:clean', '--force'])
    const left = stage.git('worktree', 'list').trim().split('\n').length - 1
    if (left > 0) problems.push(`${left} worktrees are left after clean`)
    const files = readdirSync(join(stage.folder, 'home'), { recursive: true }).filter((path) =>
      /-\d+-[0-9a-f]{8}/.test(path),
    )
    if (files.length > 0) problems.push(`left after clean: ${files.slice(0, 5).join(', ')}`)
    const name = `kill: what is left after all of them at ${part * 100} %`
    if (chosen(name)) tally.ended(name, problems)
  } finally {
    stage.remove()
  }
}

/** Reading calls take as long as they take; the others are killed within the first second, where they do their work. */
async function usual(stage, tool, args) {
  if (!/^(get|list)_/.test(tool)) return 1_000
  const { client, close } = await stdioClient(stage)
  const startedMs = performance.now()
  await call(client, tool, args)
  await close()
  return performance.now() - startedMs
}

async function killed(stage, tool, args, afterMs) {
  const { client, pid, close } = await stdioClient(stage)
  const answered = client.callTool({ name: tool, arguments: args }).catch(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  process.kill(pid, 'SIGKILL')
  await answered
  await close().catch(() => undefined)
}

async function effectsOf(client, stage, tool, answer, known) {
  const problems = []
  const expect = (holds, what) => holds || problems.push(what)
  switch (tool) {
    case 'start_task': {
      known.task = answer.task_id
      const opened = logOf(stage).filter(({ type }) => type === 'run.opened').length
      expect(opened === 1, `${opened} runs were opened`)
      break
    }
    case 'create_worktree': {
      const { path } = await call(client, 'create_worktree', { task_id: known.task, name: 'other' })
      stage.must('sh', [
        '-c',
        `mkdir -p ${answer.path}/one ${path}/other; echo 1 > ${answer.path}/one/number.txt; echo 2 > ${path}/other/number.txt`,
      ])
      const { worktrees } = await call(client, 'list_worktrees', { task_id: known.task })
      expect(worktrees.length === 2, `${worktrees.length} worktrees instead of 2`)
      break
    }
    case 'create_checkpoint': {
      expect(answer.made, `no checkpoint: ${JSON.stringify(answer.failed)}`)
      known.checkpoint = answer.id
      const { checkpoints } = await call(client, 'list_checkpoints', { task_id: known.task })
      expect(checkpoints.length === 1, `${checkpoints.length} checkpoints instead of 1`)
      break
    }
    case 'mark_phase_complete': {
      const complete = logOf(stage).filter(({ type }) => type === 'phase.complete').length
      expect(complete === 1, `phase 1 was completed ${complete} times`)
      break
    }
    case 'rollback_to_checkpoint':
      expect(answer.phase === '1' && answer.built_again.join() === '2', JSON.stringify(answer))
      break
    case 'complete_task': {
      expect(answer.status === 'branch moved', JSON.stringify(answer))
      const ended = logOf(stage).filter(({ type }) => type === 'run.finalized').length
      expect(ended === 1, `the run ended ${ended} times`)
      expect(stage.git('status', '--porcelain') === '', 'the working tree is not clean')
      break
    }
    case 'cleanup_worktrees':
      expect(answer.kept.length === 0, JSON.stringify(answer.kept))
      break
    default:
  }
  return problems
}

async function buildPhaseTwo(stage, known) {
  const { client, close } = await stdioClient(stage)
  const { path } = await call(client, 'create_worktree', { task_id: known.task, name: 'sums' })
  stage.must('sh', ['-c', `mkdir -p ${path}/sums; echo 3 > ${path}/sums/sum.txt`])
  const { id } = await call(client, 'create_checkpoint', { task_id: known.task, phase: '2', working_dir: '.' })
  await call(client, 'mark_phase_complete', { task_id: known.task, phase_name: '2', checkpoint_id: id })
  await close()
}

function logOf(stage) {
  const { output } = stage.run(process.execPath, [stage.program, 'log', '--json'])
  return output
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}
