import type { StoreNotice } from '../contract.ts'
import type { RedisConnection } from './connection.ts'
import { RedisFailure } from './connection.ts'

const oldestMajor = 5

/** What is unsafe about a server as it is set up. Git stays the authority, so none of it can lose work; but people should know. */
export async function checkServer(connection: RedisConnection): Promise<readonly StoreNotice[]> {
  const info = await ask(connection, 'INFO')
  if (info === undefined) {
    return [
      warning(
        'redis-unchecked',
        'Redis does not let us read its settings, so nothing is known about eviction and persistence',
        'Allow INFO for this user.',
      ),
    ]
  }
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const notices: StoreNotice[] = []
  const version = field('redis_version') ?? field('valkey_version') ?? 'unknown'
  if (!(Number.parseInt(version, 10) >= oldestMajor)) {
    notices.push(
      warning(
        'redis-version',
        `Redis ${version} is older than ${oldestMajor}.0, which streams need`,
        `Use Redis ${oldestMajor}.0 or newer.`,
      ),
    )
  }
  const policy = field('maxmemory_policy')
  if (policy !== undefined && policy !== 'noeviction') {
    notices.push(
      warning(
        'redis-eviction',
        `Redis may evict the mirror and leases of a run when memory is short (maxmemory-policy ${policy}); they are rebuilt from git`,
        'Set maxmemory-policy noeviction.',
      ),
    )
  }
  if (field('aof_enabled') === '0') {
    notices.push({
      code: 'redis-persistence',
      severity: 'info',
      message: 'Redis keeps no append-only file; after a restart of the server the mirror is rebuilt from git',
      hint: 'Set appendonly yes when other machines read the mirror.',
    })
  }
  if (field('role') === 'slave') {
    notices.push(
      warning(
        'redis-replica',
        'this Redis is a replica and refuses writes',
        'Point the URL at the master, or use redis+sentinel://.',
      ),
    )
  }
  return notices
}

async function ask(connection: RedisConnection, command: string): Promise<string | undefined> {
  try {
    const answer = await connection.command(command)
    return typeof answer === 'string' ? answer : undefined
  } catch (error) {
    if (error instanceof RedisFailure && error.reason === 'NOPERM') return undefined
    throw error
  }
}

function warning(code: StoreNotice['code'], message: string, hint: string): StoreNotice {
  return { code, severity: 'warning', message, hint }
}
