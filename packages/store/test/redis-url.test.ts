import { describe, expect, it } from 'vitest'
import { parseRedisUrl, redactPassword, withoutPassword } from '../src/redis/url.ts'

describe('a Redis URL', () => {
  it.each([
    ['redis://localhost', { kind: 'server', tls: false, address: { host: 'localhost', port: 6379 }, db: 0 }],
    [
      'rediss://u:p%40ss@h:6380/2',
      { kind: 'server', tls: true, username: 'u', password: 'p@ss', address: { host: 'h', port: 6380 }, db: 2 },
    ],
    ['redis://:p@[::1]:7/', { kind: 'server', tls: false, password: 'p', address: { host: '::1', port: 7 }, db: 0 }],
    ['redis+unix:///run/redis.sock?db=3', { kind: 'socket', tls: false, path: '/run/redis.sock', db: 3 }],
    [
      'redis+sentinel://:p@a,b:5/main/1',
      {
        kind: 'sentinel',
        tls: false,
        password: 'p',
        sentinels: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 5 },
        ],
        group: 'main',
        db: 1,
      },
    ],
    [
      'rediss+cluster://a:1,b:2',
      {
        kind: 'cluster',
        tls: true,
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
      },
    ],
  ])('%s is understood', (url, target) => {
    expect(parseRedisUrl(url)).toEqual(target)
  })

  it.each([
    'http://h',
    'localhost:6379',
    'redis://',
    'redis://h:99999',
    'redis://h/x',
    'redis://a,b',
    'redis+sentinel://a',
    'redis://u:%zz@h',
    'redis+unix://h/x',
  ])('%s is refused', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(expect.objectContaining({ code: 'redis-url' }))
  })

  it.each(['redis://u:hunter2@', 'redis://u:hunter2@h/x', 'u:hunter2@h', 'redis://u:hunter2@h:99999/0'])(
    '%s is refused without showing its password',
    (url) => {
      expect(() => parseRedisUrl(url)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
      )
    },
  )

  it('is shown without its password, and the password is taken out of messages', () => {
    expect(withoutPassword('rediss://u:p%40ss@h:1/2')).toBe('rediss://u:***@h:1/2')
    expect(redactPassword('WRONGPASS p@ss or p%40ss', 'redis://u:p%40ss@h')).toBe('WRONGPASS *** or ***')
    expect(redactPassword('nothing', 'redis://h')).toBe('nothing')
  })
})
