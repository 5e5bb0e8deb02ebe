import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RunLog } from '../src/index.ts'
import { Repository } from './rig.ts'

let folder: string
let repository: Repository
const stops: (() => Promise<void>)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-conduct-redis-'))
  repository = new Repository()
})
afterEach(async () => {
  await repository.remove()
  for (const stop of stops.splice(0)) await stop()
  rmSync(folder, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

async function start(ready: RegExp, ...args: string[]): Promise<void> {
  const child = spawn('redis-server', args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  stops.push(async () => {
    const exited = once(child, 'exit')
    if (child.kill('SIGKILL')) await exited
  })
  await new Promise<void>((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk
      if (ready.test(said)) resolve()
    })
    child.once('exit', () => reject(new Error(said)))
  })
}

const notice = (log: RunLog) => log.append({ operationId: 'a', body: { type: 'notice', code: 'x', message: 'y' } })
const codes = () => repository.notices.map(({ code }) => code)

async function isMirrored(client: Redis): Promise<void> {
  await vi.waitFor(async () => {
    const [key = ''] = await client.keys('conduct:*:log')
    expect(await client.xlen(key)).toBe(1)
  })
}

describe('Redis', () => {
  it('as a cluster is used through redis+cluster://', async () => {
    const port = await freePort()
    await start(
      /ready to accept/i,
      '--port',
      String(port),
      '--cluster-enabled',
      'yes',
      '--cluster-announce-ip',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'yes',
      '--dir',
      folder,
    )
    const client = new Redis(port, '127.0.0.1')
    await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await vi.waitFor(async () => expect(await client.call('CLUSTER', 'INFO')).toContain('cluster_state:ok'), {
      timeout: 10_000,
    })
    const log = await repository.open({ redis: { url: `redis+cluster://127.0.0.1:${port}`, mode: 'required' } })
    expect(await notice(log)).toMatchObject({ kind: 'recorded' })
    expect((await log.acquire('k', 1000)).kind).toBe('acquired')
    await isMirrored(client)
    expect(codes()).toEqual([])
    client.disconnect()
    await log.close()
  })

  it('behind sentinels is found through redis+sentinel://, with a password', async () => {
    const [port, watch] = [await freePort(), await freePort()]
    await start(
      /ready to accept/i,
      '--port',
      String(port),
      '--requirepass',
      'hunter2',
      '--save',
      '',
      '--appendonly',
      'yes',
      '--dir',
      folder,
    )
    writeFileSync(
      join(folder, 'sentinel.conf'),
      `port ${watch}\nsentinel monitor main 127.0.0.1 ${port} 1\nsentinel auth-pass main hunter2\n`,
    )
    await start(/\+monitor master main/, 'sentinel.conf', '--sentinel')
    const log = await repository.open({
      redis: { url: `redis+sentinel://:hunter2@127.0.0.1:${watch}/main`, mode: 'required' },
    })
    expect(await notice(log)).toMatchObject({ kind: 'recorded' })
    const client = new Redis(port, '127.0.0.1', { password: 'hunter2' })
    await isMirrored(client)
    client.disconnect()
    await log.close()
  })

  it('with a wrong password is told apart from one that is down, and no password is shown', async () => {
    const port = await freePort()
    await start(/ready to accept/i, '--port', String(port), '--requirepass', 'hunter2', '--save', '', '--dir', folder)
    await repository.open({ redis: { url: `redis://:guess1@127.0.0.1:${port}`, mode: 'preferred' } })
    expect(repository.notices[0]?.message).toMatch(/WRONGPASS|NOAUTH/)
    expect(JSON.stringify(repository.notices)).not.toMatch(/guess1|hunter2/)
  })

  it('over TLS is used only with a certificate that can be trusted', async () => {
    const port = await freePort()
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', certificate, ...subject],
      { stdio: 'pipe' },
    )
    const tls = [
      '--tls-port',
      String(port),
      '--tls-cert-file',
      certificate,
      '--tls-key-file',
      key,
      '--tls-ca-cert-file',
      certificate,
      '--tls-auth-clients',
      'no',
    ]
    await start(/ready to accept/i, '--port', '0', ...tls, '--save', '', '--dir', folder)
    await repository.open({ redis: { url: `rediss://localhost:${port}`, mode: 'preferred' } })
    expect(repository.notices[0]?.message).toMatch(/self.signed certificate/)
    const client = new Redis(port, 'localhost', { tls: { ca: readFileSync(certificate) } })
    expect(await client.keys('*')).toEqual([])
    client.disconnect()
  })
})
