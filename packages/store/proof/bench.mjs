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
  const git = (...args) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=b', '-c', 'user.email=b@localhost', ...args], {
      env: environment,
      encoding: 'utf8',
    }).trim()
  git('init', '-q')
  const tree = execFileSync('git', ['-C', folder, 'mktree'], { input: '', env: environment, encoding: 'utf8' }).trim()
  return {
    work: { commit: git('commit-tree', tree, '-m', 'work'), tree },
    folder,
    commonDir: join(folder, '.git'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Measures operations turn by turn, so that what else the machine does hits all of them alike. */
async function measure(times, ...operations) {
  const each = operations.map(() => [])
  for (let index = 0; index < times; index++) {
    for (const [which, operation] of operations.entries()) {
      const beganMs = performance.now()
      await operation(index)
      each[which].push(performance.now() - beganMs)
    }
  }
  return each.map((took) => {
    const wholeMs = took.reduce((sum, ms) => sum + ms, 0)
    took.sort((one, other) => one - other)
    return {
      p50: took[Math.floor(times / 2)],
      p99: took[Math.floor(times * 0.99)],
      perSecond: (times / wholeMs) * 1000,
    }
  })
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

const digest = (...of) => createHash('sha256').update(of.join()).digest('hex')
const payload = (index) => ({ type: 'notice', code: 'bench', message: `${index} ${'x'.repeat(300)}` })

/** What a run is made of: every step key new, every third event evidence. */
function body(index, work) {
  const about = { run: 'r', phase: String(index % 50), stepKey: digest('step', index - (index % 3)) }
  if (index === 0)
    return {
      type: 'run.opened',
      run: 'r',
      spec: 'bench',
      base: work.commit,
      plan: work.commit,
      specFile: '.spec/SPEC.md',
      phases: [],
    }
  if (index % 3 === 0) return { type: 'step.started', step: 'implement', ...about }
  if (index % 3 === 1) {
    return {
      type: 'step.accepted',
      step: 'implement',
      ...about,
      source: 'executed',
      result: { step: 'implement', ...work, report: 'x'.repeat(200), issues: [] },
      summary: 'made',
      durationMs: 1,
    }
  }
  const evidence = {
    gate: 'test',
    version: 1,
    rule: `npm test -- ${index}`,
    tree: work.tree,
    environment: digest('env'),
    outcome: 'passed',
    exitCode: 0,
    at: new Date().toISOString(),
  }
  return { type: 'evidence.recorded', run: 'r', phase: about.phase, evidence }
}

const append = (log, work) => {
  let next = 0
  return async () => {
    const index = next++
    await appendOne(log, body(index, work), digest('operation', index))
  }
}

async function appendOne(log, of, operationId) {
  const outcome = await log.append({ operationId, body: of })
  if (outcome.kind !== 'recorded') throw new Error(JSON.stringify(outcome))
}

/** The same four objects and ref update, written by bare plumbing. */
function rawGit() {
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
  const operation = async (index) => {
    const content = Buffer.from(JSON.stringify(payload(index)))
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
  }
  const close = () => {
    for (const child of processes) child.stdin.end()
    remove()
  }
  return { operation, close }
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
function rawRedis(socket) {
  const client = new Redis({ path: socket })
  client.defineCommand('raw', {
    numberOfKeys: 2,
    lua: "redis.call('XADD', KEYS[1], ARGV[1] .. '-0', 'event', ARGV[2]) redis.call('HSET', KEYS[2], 'seq', ARGV[1]) return 1",
  })
  const operation = (index) => client.raw('{raw}:log', '{raw}:meta', index + 1, JSON.stringify(payload(index)))
  return { operation, close: () => client.disconnect() }
}

/** What mirroring adds: the mirror's own write, through our connection. */
async function mirrorAlone(socket, url) {
  const { RedisConnection } = await import('../dist/redis/connection.js')
  const { MirroredLog } = await import('../dist/redis/mirrored-log.js')
  const { redisKeys } = await import('../dist/redis/keys.js')
  const connection = await RedisConnection.open(url, 1000)
  const mirror = new MirroredLog(connection, redisKeys(socket, 'bench'), 'bench')
  let before = ''
  const operation = async (index) => {
    const tip = String(index).padStart(40, '0')
    const event = { version: 2, seq: index + 1, at: '', operationId: `op${index}`, writer: 'w', body: payload(index) }
    const outcome = await mirror.write({ event, changes: [], before, tip })
    if (outcome.kind !== 'mirrored') throw new Error(outcome.kind)
    before = tip
  }
  return { operation, close: () => connection.close() }
}

const row = (name, { p50, p99, perSecond }, raw) =>
  console.log(
    `${name.padEnd(34)} p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms  ${perSecond.toFixed(0).padStart(6)} ops/s` +
      (raw ? `  ${(p50 / raw.p50).toFixed(2)}x raw` : ''),
  )

const server = await redisServer()
const [alone, both] = [repository(), repository()]
const log = await open(alone.commonDir)
const logOnBoth = await open(both.commonDir, server.url)
const appendToLog = append(log, alone.work)
const appendToBoth = append(logOnBoth, both.work)
const plumbing = rawGit()
const [git, short, withRedis] = await measure(count, plumbing.operation, appendToLog, appendToBoth)
row('raw git plumbing (fsync)', git)
row('append, git', short, git)
row('append, git and Redis', withRedis, git)
await logOnBoth.close()
both.remove()

const bare = rawRedis(server.socket)
const mirror = await mirrorAlone(server.socket, server.url)
const [redis, mirrored] = await measure(count, bare.operation, mirror.operation)
row('raw ioredis, one script', redis)
row('mirror write, Redis', mirrored, redis)
bare.close()
mirror.close()
await server.stop()

if (longLog > count) {
  for (let index = count; index < longLog; index++) await appendToLog()
  const fresh = repository()
  const freshLog = await open(fresh.commonDir)
  const [empty, long] = await measure(count, append(freshLog, fresh.work), appendToLog)
  row('append to an empty log', empty)
  row(`append after ${longLog} events`, long)
  await freshLog.close()
  fresh.remove()
  await log.close()
  const startedMs = performance.now()
  const again = await open(alone.commonDir)
  const { seq } = await again.state()
  console.log(`open and state of ${seq} events: ${(performance.now() - startedMs).toFixed(0)} ms`)
  console.log(`append after ${longLog} events against an empty log: ${(long.p50 / empty.p50).toFixed(2)}x`)
  await again.close()
} else await log.close()
plumbing.close()
alone.remove()
