/** Calls that nobody should get through: each is refused in words, and changes nothing. */

import { symlinkSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { call, httpServer, makeStage, smallSpec, stdioClient, textOf } from './stage.mjs'

/** All that an attack could have changed. */
function stateOf(stage) {
  return [
    // The counter of leases moves whenever one is taken.
    stage.git('for-each-ref').replace(/^.*\/fence\n/gm, ''),
    stage.git('status', '--porcelain', '--ignored'),
    stage.git('worktree', 'list', '--porcelain'),
    stage.git('config', '--list', '--local'),
  ].join('\n')
}

/** Attacks through the protocol, by name: the tool and its arguments, and what the answer has to say. */
function attacksOn({ task, other, worktree, checkpoint, stage }) {
  const long = 'x'.repeat(10_000_000)
  return {
    'no arguments': ['start_task', {}, 'description is missing'],
    'an array for arguments of a string': [
      'start_task',
      { description: ['a'], working_dir: '.' },
      'description is no string',
    ],
    'a number for a path': ['start_task', { description: 'a', working_dir: 5 }, 'working_dir is no string'],
    'an unknown argument': [
      'start_task',
      { description: 'a', working_dir: '.', bogus: 1 },
      'there is no argument "bogus"',
    ],
    'the key constructor': [
      'get_task_state',
      { task_id: task, constructor: { prototype: {} } },
      'there is no argument "constructor"',
    ],
    'a task that is called __proto__': ['get_task_state', { task_id: '__proto__' }, 'there is no task'],
    'a folder above the workspace': ['start_task', { description: 'a', working_dir: '..' }, 'leaves the workspace'],
    'an absolute folder': ['start_task', { description: 'a', working_dir: '/etc' }, 'leaves the workspace'],
    'a link out of the workspace': ['start_task', { description: 'a', working_dir: 'out' }, 'leaves the workspace'],
    'a path with NUL': ['start_task', { description: 'a', working_dir: 'a\0b' }, 'is no path'],
    'a folder that is not there': ['start_task', { description: 'a', working_dir: 'nowhere' }, 'there is no folder'],
    'a folder without a spec': ['start_task', { description: 'a', working_dir: 'empty' }, 'there is no spec'],
    'a description of 10 MB': ['start_task', { description: long, working_dir: '.' }, 'more than'],
    'a task id of 10 MB': ['get_task_state', { task_id: long }, 'more than'],
    'the id of no task': ['get_task_state', { task_id: '0123456789abcdef' }, 'there is no task'],
    'the id of a task of another repository': ['get_task_state', { task_id: other }, 'there is no task'],
    'an id that is a ref': ['get_task_state', { task_id: 'refs/heads/main' }, 'there is no task'],
    'a module with a path for a name': ['create_worktree', { task_id: task, name: '../../evil' }, 'has no module'],
    'a module of another phase': ['create_worktree', { task_id: task, name: 'sums', phase: '1' }, 'has no module'],
    'a phase whose turn has not come': [
      'create_worktree',
      { task_id: task, name: 'sums', phase: '2' },
      'depends on phase 1',
    ],
    'base_dir outside': ['create_worktree', { task_id: task, name: 'one', base_dir: '/' }, 'leaves the workspace'],
    'an unknown phase': ['create_checkpoint', { task_id: task, phase: '99', working_dir: '.' }, 'there is no phase'],
    'working_dir that is no worktree of ours': [
      'create_checkpoint',
      { task_id: task, phase: '1', working_dir: '/tmp' },
      'neither the workspace nor a worktree',
    ],
    'two values for one argument': [
      'create_checkpoint',
      { task_id: task, phase: '1', phase_name: '2', working_dir: '.' },
      'given twice',
    ],
    'a forged checkpoint': [
      'mark_phase_complete',
      { task_id: task, phase_name: '1', checkpoint_id: 'checkpoint-0123456789abcdef' },
      'has no checkpoint',
    ],
    'a commit for a checkpoint': [
      'rollback_to_checkpoint',
      { task_id: task, checkpoint_id: stage.git('rev-parse', 'HEAD').trim() },
      'has no checkpoint',
    ],
    'a checkpoint of another phase': [
      'mark_phase_complete',
      { task_id: task, phase_name: '2', checkpoint_id: checkpoint },
      'is a checkpoint of phase 1',
    ],
    'an end before everything is complete': ['complete_task', { task_id: task, commit_changes: true }, 'not complete'],
    'a word for a truth value': [
      'complete_task',
      { task_id: task, commit_changes: 'yes' },
      'commit_changes is no boolean',
    ],
    'control characters in a name': [
      'create_worktree',
      { task_id: task, name: 'one\u001b[2J', phase: '1' },
      'has no module',
    ],
    'a tool that is not there': ['drop_everything', {}, 'there is no tool'],
    'work outside of the owned paths': [
      'create_checkpoint',
      { task_id: task, phase: '1', working_dir: worktree },
      'does not own',
      { 'other/evil.txt': 'x\n' },
    ],
    'a link out of the tree in the work': [
      'create_checkpoint',
      { task_id: task, phase: '1', working_dir: worktree },
      'leads out',
      undefined,
      (root) => symlinkSync('/etc/passwd', join(root, 'one/link')),
    ],
  }
}

export async function runAttacks(tally, chosen) {
  const stage = makeStage('attacks', { files: { '.spec/SPEC.md': smallSpec, 'empty/file.txt': 'x\n' } })
  const foreign = makeStage('foreign', { files: { '.spec/SPEC.md': smallSpec } })
  symlinkSync('/etc', join(stage.root, 'out'))
  stage.write({ '.git/info/exclude': 'out\n' })
  const { client, said, close } = await stdioClient(stage)
  const far = await stdioClient(foreign)
  try {
    const { task_id: other } = await call(far.client, 'start_task', { description: 'other', working_dir: '.' })
    const { task_id: task } = await call(client, 'start_task', { description: 'a', working_dir: '.' })
    const { path: worktree } = await call(client, 'create_worktree', { task_id: task, name: 'one' })
    const { path: second } = await call(client, 'create_worktree', { task_id: task, name: 'other' })
    stage.must('sh', [
      '-c',
      `mkdir ${worktree}/one ${second}/other; echo 1 > ${worktree}/one/number.txt; echo 2 > ${second}/other/number.txt`,
    ])
    const { id: checkpoint } = await call(client, 'create_checkpoint', { task_id: task, phase: '1', working_dir: '.' })
    const foreignTask = other === task ? '0000000000000000' : other
    const attacks = attacksOn({ task, other: foreignTask, worktree, checkpoint, stage })
    for (const [name, [tool, args, words, files, prepare]] of Object.entries(attacks)) {
      if (!chosen(`attack: ${name}`)) continue
      for (const [path, text] of Object.entries(files ?? {}))
        stage.must('sh', ['-c', `mkdir -p $(dirname ${worktree}/${path}); printf '${text}' > ${worktree}/${path}`])
      prepare?.(worktree)
      const before = stateOf(stage)
      const problems = []
      try {
        const answer = await client.callTool({ name: tool, arguments: args }, undefined, { timeout: 60_000 })
        const text = textOf(answer)
        if (!answer.isError) problems.push(`it was not refused: ${text.slice(0, 300)}`)
        if (!text.includes(words)) problems.push(`the answer does not say "${words}": ${text.slice(0, 300)}`)
        if (!text.includes('next: ')) problems.push('the answer names no next call')
        if (/\n\s+at .+:\d+:\d+/.test(text)) problems.push('the answer has a stack trace')
        if (text.length > 4_000) problems.push(`the answer has ${text.length} characters`)
        if (text.includes('\u001b')) problems.push('the answer has control characters')
      } catch (error) {
        problems.push(`a protocol error: ${error.message.slice(0, 300)}`)
      }
      if (stateOf(stage) !== before) problems.push('something changed')
      if (files !== undefined || prepare !== undefined)
        stage.must('sh', ['-c', `cd ${worktree} && rm -rf other one/link`])
      tally.ended(`attack: ${name}`, problems, said())
    }
  } finally {
    await close()
    await far.close()
    stage.remove()
    foreign.remove()
  }
}

/** Requests that a browser's page, or somebody without the token, could make. */
export async function runHttpAttacks(tally, chosen) {
  const stage = makeStage('http', { files: { '.spec/SPEC.md': smallSpec } })
  const server = await httpServer(stage)
  const { port } = new URL(server.url)
  const bearer = { authorization: `Bearer ${server.token}` }
  const attacks = {
    'no token': [{}, 401],
    'a wrong token': [{ authorization: 'Bearer wrong' }, 401],
    'the token in another scheme': [{ authorization: `Basic ${server.token}` }, 401],
    'a Host that somebody rebinds (with the token)': [{ ...bearer, host: `evil.example:${port}` }, 403],
    'a Host without its port': [{ ...bearer, host: 'localhost' }, 403],
    'a foreign Origin': [{ ...bearer, origin: 'https://evil.example' }, 403],
    'an Origin that only begins like ours': [{ ...bearer, origin: 'http://localhost.evil.example' }, 403],
    'Origin null': [{ ...bearer, origin: 'null' }, 403],
    'a session that is not there': [{ ...bearer, 'mcp-session-id': 'nobody' }, 404],
    'a body of 10 MB': [bearer, 413, 'x'.repeat(10_000_000)],
    'a body that is no JSON': [bearer, 400, '{'],
    'another path': [bearer, 404, undefined, '/'],
  }
  try {
    for (const [name, [headers, status, body, path]] of Object.entries(attacks)) {
      if (!chosen(`http: ${name}`)) continue
      const before = stateOf(stage)
      const answer = await post(port, headers, body, path)
      const problems = []
      if (answer.status !== status)
        problems.push(`status ${answer.status} instead of ${status}: ${answer.text.slice(0, 200)}`)
      if (!/"message":"[^"]+"/.test(answer.text)) problems.push(`no words: ${answer.text.slice(0, 200)}`)
      if (answer.text.includes(server.token)) problems.push('the answer has the token')
      if (stateOf(stage) !== before) problems.push('something changed')
      tally.ended(`http: ${name}`, problems)
    }
    if (chosen('http: the token is printed once')) {
      const told = server.said().split(server.token).length - 1
      const problems =
        told === 1 && !server.printed().includes(server.token) ? [] : [`the token is printed ${told} times`]
      tally.ended('http: the token is printed once', problems)
    }
  } finally {
    await server.stop()
    stage.remove()
  }
}

const initialize = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'attack', version: '0' } },
})

function post(port, headers, body = initialize, path = '/mcp') {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode, text }))
        response.on('error', reject)
      },
    )
    // A server that refuses a large body may close before all of it is sent.
    sent.on('error', (error) => (error.code === 'EPIPE' || error.code === 'ECONNRESET' ? undefined : reject(error)))
    sent.end(body)
  })
}
