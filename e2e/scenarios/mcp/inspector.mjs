/** The command line of the MCP inspector lists and calls each tool. */
import { withNode22 } from './newer-node.mjs'
import { makeStage, smallSpec } from './stage.mjs'

export async function runInspector(tally, chosen) {
  if (!chosen('inspector')) return
  const inspector = withNode22('inspector', ['@modelcontextprotocol/inspector'])
  const stage = makeStage('inspector', { files: { '.spec/SPEC.md': smallSpec } })
  const cli = inspector.run(inspector.node, [
    '-p',
    "const p = require('./node_modules/@modelcontextprotocol/inspector/package.json'); typeof p.bin === 'string' ? p.bin : Object.values(p.bin)[0]",
  ])
  const program = inspector.bin(`@modelcontextprotocol/inspector/${cli.output.trim()}`)
  const ask = (method, more = []) => {
    const args = [program, '--cli', process.execPath, stage.program, 'mcp', '--method', method, ...more]
    const { exitCode, output } = stage.run(inspector.node, args, {
      env: { PATH: `${inspector.root}/node_modules/node/bin:${stage.env.PATH}` },
    })
    if (exitCode !== 0) throw new Error(`${method} ended with ${exitCode}: ${output}`)
    return JSON.parse(output.slice(output.indexOf('{')))
  }
  const callTool = (name, args) => {
    const given = Object.entries(args).flatMap(([key, value]) => ['--tool-arg', `${key}=${value}`])
    const answer = ask('tools/call', ['--tool-name', name, ...given])
    if (answer.isError) throw new Error(`${name}: ${answer.content[0].text}`)
    return answer.structuredContent
  }
  try {
    const names = ask('tools/list').tools.map(({ name }) => name)
    tally.ended('inspector: lists the tools', names.length === 10 ? [] : [`${names.length} tools: ${names.join(', ')}`])
    const known = {}
    const steps = [
      [
        'start_task',
        () => ({ description: 'a', working_dir: '.' }),
        ({ task_id }) => Object.assign(known, { task_id }),
      ],
      ['get_task_state', () => ({ task_id: known.task_id })],
      [
        'create_worktree',
        () => ({ task_id: known.task_id, name: 'one' }),
        ({ path }) => Object.assign(known, { one: path }),
      ],
      ['list_worktrees', () => ({ task_id: known.task_id })],
      [
        'create_worktree',
        () => ({ task_id: known.task_id, name: 'other' }),
        ({ path }) => Object.assign(known, { other: path }),
      ],
      [
        'create_checkpoint',
        () => checkpointArguments(stage, known),
        ({ id }) => Object.assign(known, { checkpoint_id: id }),
      ],
      ['list_checkpoints', () => ({ task_id: known.task_id })],
      ['mark_phase_complete', () => ({ task_id: known.task_id, phase_name: '1', checkpoint_id: known.checkpoint_id })],
      ['rollback_to_checkpoint', () => ({ task_id: known.task_id, checkpoint_id: known.checkpoint_id })],
      ['cleanup_worktrees', () => ({ task_id: known.task_id })],
    ]
    for (const [name, argumentsOf, keep] of steps) {
      let problems = []
      try {
        const answer = callTool(name, argumentsOf())
        keep?.(answer)
      } catch (error) {
        problems = [error.message]
      }
      tally.ended(`inspector: calls ${name}`, problems)
    }
    // Phase 2 is open: the answer is a refusal, and no fault.
    const early = ask('tools/call', [
      '--tool-name',
      'complete_task',
      '--tool-arg',
      `task_id=${known.task_id}`,
      '--tool-arg',
      'commit_changes=true',
    ])
    tally.ended(
      'inspector: calls complete_task',
      early.isError && early.content[0].text.includes('phase 2 is not complete') ? [] : [JSON.stringify(early)],
    )
  } finally {
    stage.remove()
    inspector.remove()
  }
}

function checkpointArguments(stage, { task_id, one, other }) {
  stage.must('sh', [
    '-c',
    `mkdir -p ${one}/one ${other}/other; echo 1 > ${one}/one/number.txt; echo 2 > ${other}/other/number.txt`,
  ])
  return { task_id, phase: '1', working_dir: '.' }
}
