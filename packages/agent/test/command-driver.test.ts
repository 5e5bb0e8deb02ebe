import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { assignment, playAt, temporaryDirectory } from './session-rig.ts'

function play(command: string, more: Parameters<typeof playAt>[1] = {}) {
  return playAt('', { agent: { driver: 'command', command }, ...more })
}

describe('an agent that is a program', () => {
  it('gets the prompt on standard input, its header first, and works in the worktree', async () => {
    const directory = temporaryDirectory()
    const { outcome } = await play(`cat > prompt; echo '{"built":"x","tests":"y","issues":[]}'`, { directory })
    expect(outcome).toMatchObject({ kind: 'reported', report: { built: 'x', tests: 'y', issues: [] } })
    const prompt = readFileSync(join(directory, 'prompt'), 'utf8')
    expect(prompt.split('\n')[0]).toBe(
      '<assignment role="implementation-executor" spec="spec" phase="1" module="contracts"/>',
    )
    expect(prompt).toContain('Mind the gap.')
    expect(prompt).toContain('```json')
  })

  it('finds the last fenced report in the middle of other words', async () => {
    const block = (built: string) =>
      `\\n\`\`\`json\\n{ "built": "${built}",\\n "tests": "t", "issues": [] }\\n\`\`\`\\n`
    const { outcome } = await play(`printf '${block('first')} then ${block('last')} bye'`)
    expect(outcome).toMatchObject({ report: { built: 'last' } })
  })

  it('says so when there was no report, instead of making one up', async () => {
    const { outcome } = await play('echo all good')
    expect(outcome).toMatchObject({
      kind: 'reported',
      report: { built: expect.stringContaining('all good'), issues: [expect.stringContaining('no structured report')] },
    })
  })

  it.each([
    ['no-such-program', { kind: 'unavailable', retryable: false }],
    [
      'echo rate limit; exit 1',
      { kind: 'unavailable', retryable: true, message: expect.stringContaining('rate limit') },
    ],
    [`echo '{"built":"x","tests":"y","issues":[]}'; exit 3`, { kind: 'format' }],
    ['kill -9 $$', { kind: 'unavailable', retryable: true }],
    ['  ', { kind: 'unavailable', retryable: false }],
  ])('tells apart why it could not be used: %s', async (command, expected) => {
    expect((await play(command)).outcome).toMatchObject(expected)
  })

  it('is held to the limit of time and can be aborted', async () => {
    const budget = { turns: 1, tokens: 1, wallMs: 200 }
    expect((await play('sleep 60', { budget })).outcome).toMatchObject({ kind: 'limit', limit: 'wall' })
    expect((await play('sleep 60', { signal: AbortSignal.timeout(200) })).outcome.kind).toBe('aborted')
  })

  it('never gets the key of the Messages API, and its words are redacted', async () => {
    const { outcome, transcriptText } = await play('env; echo the word is swordfish', {
      api: { apiKey: 'sk-ant-key-that-nobody-may-see' },
      secrets: ['swordfish'],
    })
    expect(JSON.stringify(outcome) + transcriptText).not.toMatch(/nobody-may-see|swordfish/)
    expect(JSON.stringify(outcome)).toContain('[redacted]')
  })

  it('writes the whole exchange into the transcript', async () => {
    const { transcript } = await play('echo words', { assignment: { ...assignment, role: 'fix-executor' } })
    expect(transcript.map((entry) => entry['type'])).toEqual(['session', 'turn', 'end'])
    expect(transcript[1]).toMatchObject({ kind: 'exited', exitCode: 0, output: 'words\n' })
  })
})
