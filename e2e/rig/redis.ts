import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { Redis } from 'ioredis'

export interface RedisServer {
  readonly url: string
  /** The certificate to trust, where the server speaks TLS. */
  readonly certificate?: string
  readonly client: Redis
  stop(): Promise<void>
}

/** A real redis-server on a free loopback port; over TLS with a certificate of its own making. */
export async function startRedis({ tls = false }: { readonly tls?: boolean } = {}): Promise<RedisServer> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'nx-conduct-redis-'))
  const certificate = tls ? await makeCertificate(folder) : undefined
  const listening = certificate ? [...tlsSettings(port, folder), '--port', '0'] : ['--port', String(port)]
  const server = spawn('redis-server', [...listening, '--bind', '127.0.0.1', '--appendonly', 'yes', '--dir', folder], {
    stdio: 'ignore',
  })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const url = certificate ? `rediss://localhost:${port}` : `redis://127.0.0.1:${port}`
  const client = new Redis(url, {
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
    family: 4,
    ...(certificate ? { tls: { ca: await readFile(certificate) } } : {}),
  })
  client.on('error', () => undefined)
  await client.ping()
  return {
    url,
    client,
    ...(certificate ? { certificate } : {}),
    async stop() {
      client.disconnect()
      server.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function makeCertificate(folder: string): Promise<string> {
  const certificate = join(folder, 'cert.pem')
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const files = ['-keyout', join(folder, 'key.pem'), '-out', certificate]
  await execa('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...files, ...subject])
  return certificate
}

function tlsSettings(port: number, folder: string): readonly string[] {
  const files = { 'cert-file': 'cert.pem', 'key-file': 'key.pem', 'ca-cert-file': 'cert.pem' }
  const named = Object.entries(files).flatMap(([setting, file]) => [`--tls-${setting}`, join(folder, file)])
  return ['--tls-port', String(port), ...named, '--tls-auth-clients', 'no']
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
