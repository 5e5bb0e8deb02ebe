/**
 * A stand-in for the program `claude`. `node claude.mjs SCORE …` plays the score's session for the assignment that it reads on standard
 * input: it does the work in the current directory, and prints the stream that the preset reads. It knows `bash`, `create` and `view`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { checkScore } from '@nx-conduct/agent'

const [scoreFile, ...args] = process.argv.slice(2)
const tokens = { input_tokens: 1200, output_tokens: 300 }
const print = (event) => console.log(JSON.stringify(event))

if (args.includes('--version')) console.log('2.1.197 (Claude Code)')
else play(assignmentOf(readFileSync(0, 'utf8')))

/** The attributes of the prompt's first line. */
function assignmentOf(prompt) {
  const [first = ''] = prompt.split('\n', 1)
  return Object.fromEntries([...first.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]))
}

function play(assignment) {
  const session = sessionFor(assignment)
  if (!session) return end({ is_error: true, num_turns: 1, result: `no session for ${JSON.stringify(assignment)}` })
  let last = ''
  for (const [index, turn] of session.turns.entries()) {
    const answer = turn.report ?? turn.verdict
    last = answer ? `Done.\n\`\`\`json\n${JSON.stringify(answer)}\n\`\`\`` : (turn.say ?? '')
    const tools = turn.tools ?? []
    const calls = tools.map((tool, at) => ({ type: 'tool_use', id: `t${index}-${at}`, ...callOf(tool) }))
    const content = [...(last === '' ? [] : [{ type: 'text', text: last }]), ...calls]
    print({ type: 'assistant', message: { id: `m${index}`, role: 'assistant', content, usage: tokens } })
    for (const tool of tools) perform(tool)
  }
  return end({ is_error: false, num_turns: session.turns.length, result: last, stop_reason: 'end_turn' })
}

function sessionFor(assignment) {
  const check = checkScore(readFileSync(scoreFile, 'utf8'))
  if (check.kind !== 'score') throw new Error(`${scoreFile}: ${JSON.stringify(check.problems)}`)
  return check.score.sessions.find((session) =>
    ['role', 'phase', 'module', 'round'].every((key) => session[key] === undefined || session[key] === assignment[key]),
  )
}

function end(result) {
  const usage = { input_tokens: 1200 * result.num_turns, output_tokens: 300 * result.num_turns }
  print({ type: 'result', subtype: 'success', ...result, usage })
  process.exitCode = result.is_error ? 1 : 0
}

function callOf(tool) {
  switch (tool.tool) {
    case 'bash':
      return { name: 'Bash', input: { command: tool.command } }
    case 'create':
      return { name: 'Write', input: { file_path: tool.path, content: tool.text } }
    case 'view':
      return { name: 'Read', input: { file_path: tool.path } }
    default:
      throw new Error(`The stand-in does not know the tool ${tool.tool}`)
  }
}

function perform(tool) {
  if (tool.tool === 'bash') execFileSync('sh', ['-c', tool.command], { stdio: 'ignore' })
  if (tool.tool !== 'create') return
  mkdirSync(dirname(tool.path), { recursive: true })
  writeFileSync(tool.path, tool.text)
}
