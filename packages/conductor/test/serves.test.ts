import { createServer } from 'node:net'
import { runCommand } from '@nx-conduct/agent'
import { expect, test } from 'vitest'
import { servesCommand } from '../src/gates/kinds/serves.ts'

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function run(command: string) {
  return runCommand({ command, cwd: process.cwd(), env: { PATH: process.env['PATH'] ?? '' }, timeoutMs: 20_000 })
}

const serve = (port: number, status: number) =>
  `node -e "require('http').createServer((q, a) => { a.statusCode = ${status}; a.end() }).listen(${port}, '127.0.0.1')"`

test('a program that answers on its port, or on its path, passes, and is gone afterwards', async () => {
  const port = await freePort()
  expect(await run(servesCommand({ port, start: serve(port, 200) }))).toMatchObject({ kind: 'exited', exitCode: 0 })
  expect(await run(servesCommand({ port, path: '/health', start: serve(port, 200) }))).toMatchObject({
    kind: 'exited',
    exitCode: 0,
  })
})

test('a program that ends, and a port that something else holds, fail with the reason', async () => {
  const port = await freePort()
  const ended = await run(servesCommand({ port, start: 'exit 3' }))
  expect(ended).toMatchObject({ kind: 'exited', exitCode: 1 })
  expect(ended.output).toContain('the program ended with 3')
  const other = createServer().listen(port, '127.0.0.1')
  const taken = await run(servesCommand({ port, start: serve(port, 200) }))
  other.close()
  expect(taken.output).toContain(`port ${port} is taken before the program is started`)
})

test('an answer other than 2xx does not pass', async () => {
  const port = await freePort()
  const outcome = await runCommand({
    command: servesCommand({ port, path: '/', start: serve(port, 500) }),
    cwd: process.cwd(),
    env: { PATH: process.env['PATH'] ?? '' },
    timeoutMs: 1_500,
  })
  expect(outcome.kind).toBe('timed-out')
})
