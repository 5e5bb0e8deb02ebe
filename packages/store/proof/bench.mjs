// Transitions of the run log against what git and Redis themselves cost. Build first: npx nx build @nx-conduct/store
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { currentHolder, openRunLog } from '../dist/index.js'

const count = Number(process.argv[2] ?? 500)
const longLog = Number(process.argv[3] ?? 10_000)

const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')))

function repository() {
  const folder = mkdtempSync(join(tmpdir(), 'nx-conduct-bench-'))
  execFileSync('git', ['init', '-q', folder], { env: environment })
  return { folder, commonDir: join(folder, '.git'), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

async function measure(times, operation) {
  const each = []
  const startedMs = performance.now()
  for (let index = 0; index < times; index++) {
    const beganMs = performance.now()
    await operation(index)
    each.push(performance.now() - beganMs)
  }
  const wholeMs = performance.now() - startedMs
  each.sort((one, other) => one - other)
  return { p50: each[Math.floor(times / 2)], p99: each[Math.floor(times * 0.99)], perSecond: (times / wholeMs) * 1000 }
}

const open = (commonDir, redisUrl, notices) =>
  openRunLog({
    commonDir,
    spec: 'bench',
    holder: currentHolder(),
    now: () => new Date(),
    onNotice: (notice) => notices?.push(notice.code),
    ...(redisUrl ? { redis: { url: redisUrl, mode: 'required' } } : {}),
  })

const body = (index) => ({ type: 'notice', code: 'bench', message: `${index} ${'x'.repeat(300)}` })
let operation = 0
const append = (log) => async (index) => {
  const outcome = await log.append({ operationId: `op${operation++}`, body: body(index) })
  if (outcome.kind !== 'recorded') throw new Error(JSON.stringify(outcome))
}

/** The same four objects and ref update, written by bare plumbing. */
async function rawGit() {
  const { folder, commonDir, remove } = repository()
  const settings = ['-c', 'core.fsync=all', '-c', 'core.hooksPath=/dev/null']
  const processes = []
  const start = (args) => {
    const child = spawn('git', [...settings, ...args], {
      env: { ...environment, GIT_DIR: commonDir },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    processes.push(child)
    let rest = ''
    const waiting = []
    child.stdout.on('data', (chunk) => {
      rest += chunk
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        waiting.shift()?.(rest.slice(0, end))
        rest = rest.slice(end + 1)
      }
    })
    return (text, lines = 1) =>
      new Promise((resolve) => {
        for (let line = 1; line < lines; line++) waiting.push(() => undefined)
        waiting.push(resolve)
        child.stdin.write(text)
      })
  }
  const blobs = start(['hash-object', '-w', '--no-filters', '--stdin-paths'])
  const commits = start(['hash-object', '-t', 'commit', '-w', '--no-filters', '--stdin-paths'])
  const trees = start(['mktree', '--missing', '--batch'])
  const refs = start(['update-ref', '--stdin'])
  const id = (type, content) => createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex')
  let tip
  const result = await measure(count, async (index) => {
    const content = Buffer.from(JSON.stringify(body(index)))
    const blob = id('blob', content)
    const tree = id('tree', Buffer.concat([Buffer.from('100644 event.json\0'), Buffer.from(blob, 'hex')]))
    writeFileSync(join(folder, 'blob'), content)
    const who = 'a <a@localhost> 1700000000 +0000'
    writeFileSync(
      join(folder, 'commit'),
      `tree ${tree}\n${tip ? `parent ${tip}\n` : ''}author ${who}\ncommitter ${who}\n\nx\n`,
    )
    const [commit] = await Promise.all([
      commits(`${join(folder, 'commit')}\n`),
      trees(`100644 blob ${blob}\tevent.json\n\n`),
      blobs(`${join(folder, 'blob')}\n`),
    ])
    await refs(`start\nupdate refs/conduct/bench/log ${commit} ${tip ?? '0'.repeat(40)}\ncommit\n`, 2)
    tip = commit
  })
  for (const child of processes) child.stdin.end()
  remove()
  return result
}

async function redisServer() {
  const folder = mkdtempSync(join(tmpdir(), 'nx-conduct-bench-redis-'))
  const socket = join(folder, 'redis.sock')
  const child = spawn('redis-server', [
    '--port',
    '0',
    '--unixsocket',
    socket,
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'yes',
  ])
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => String(chunk).includes('ready to accept') && resolve())
    child.once('error', reject)
  })
  return {
    socket,
    url: `redis+unix://${socket}`,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => {
          rmSync(folder, { recursive: true, force: true })
          resolve()
        })
        child.kill('SIGKILL')
      }),
  }
}

/** One script that does what mirroring an event does, on a bare ioredis. */
async function rawRedis(socket) {
  const client = new Redis({ path: socket })
  client.defineCommand('raw', {
    numberOfKeys: 2,
    lua: "redis.call('XADD', KEYS[1], ARGV[1] .. '-0', 'event', ARGV[2]) redis.call('HSET', KEYS[2], 'seq', ARGV[1]) return 1",
  })
  const result = await measure(count, (index) =>
    client.raw('{raw}:log', '{raw}:meta', index + 1, JSON.stringify(body(index))),
  )
  client.disconnect()
  return result
}

/** What mirroring adds: the mirror's own write, through our connection. */
async function mirrorAlone(socket, url) {
  const { RedisConnection } = await import('../dist/redis/connection.js')
  const { RedisMirror } = await import('../dist/redis/redis-mirror.js')
  const { redisKeys } = await import('../dist/redis/keys.js')
  const connection = await RedisConnection.open(url, 1000)
  const mirror = new RedisMirror(connection, redisKeys(socket, 'bench'), 'bench')
  let before = ''
  const result = await measure(count, async (index) => {
    const tip = String(index).padStart(40, '0')
    const event = { version: 1, seq: index + 1, at: '', operationId: `op${index}`, writer: 'w', body: body(index) }
    const outcome = await mirror.write({ event, changes: [], before, tip })
    if (outcome.kind !== 'mirrored') throw new Error(outcome.kind)
    before = tip
  })
  connection.close()
  return result
}

const row = (name, { p50, p99, perSecond }, raw) =>
  console.log(
    `${name.padEnd(34)} p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms  ${perSecond.toFixed(0).padStart(5)} ops/s` +
      (raw ? `  ${(p50 / raw.p50).toFixed(2)}x raw` : ''),
  )

const git = await rawGit()
row('raw git plumbing (fsync)', git)
const empty = repository()
const log = await open(empty.commonDir)
const short = await measure(count, append(log))
row('append, git', short, git)

const server = await redisServer()
const redis = await rawRedis(server.socket)
row('raw ioredis, one script', redis)
row('mirror write, Redis', await mirrorAlone(server.socket, server.url), redis)
const both = repository()
const logOnBoth = await open(both.commonDir, server.url)
row('append, git and Redis', await measure(count, append(logOnBoth)), git)
await logOnBoth.close()
both.remove()
await server.stop()

if (longLog > count) {
  for (let index = count; index < longLog; index++) await append(log)(index)
  const long = await measure(count, append(log))
  row(`append, git, after ${longLog} events`, long, git)
  await log.close()
  const startedMs = performance.now()
  const again = await open(empty.commonDir)
  const { seq } = await again.state()
  console.log(`open and state of ${seq} events: ${(performance.now() - startedMs).toFixed(0)} ms`)
  console.log(`append after ${longLog} events against an empty log: ${(long.p50 / short.p50).toFixed(2)}x`)
  await again.close()
} else await log.close()
empty.remove()
