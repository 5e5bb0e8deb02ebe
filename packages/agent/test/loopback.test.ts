import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { isBearer, isOwnHost, newToken } from '../src/index.ts'
import { rehearse, reportTurn, scoreOf } from './session-rig.ts'

describe('what names this machine', () => {
  test.each(['127.0.0.1:80', 'localhost:80', '[::1]:80'])('as Host: %s', (host) => {
    expect(isOwnHost(host, 80)).toBe(true)
  })

  test.each([
    undefined,
    '',
    'localhost',
    'localhost:81',
    'localhost.evil.example:80',
    'evil.example:80',
    '127.0.0.1:80:80',
  ])('not as Host: %s', (host) => {
    expect(isOwnHost(host, 80)).toBe(false)
  })
})

test('a token is sent whole, and no two are equal', () => {
  const token = newToken()
  expect(token).not.toBe(newToken())
  expect(isBearer(`Bearer ${token}`, token)).toBe(true)
  for (const header of [undefined, '', token, `Basic ${token}`, `Bearer ${token.slice(1)}`, `Bearer ${token}x`]) {
    expect(isBearer(header, token), header).toBe(false)
  }
})

describe('a rehearsal', () => {
  const key = { authorization: 'Bearer rehearsal' }

  test.each([
    ['a page that reached it through a name of its own', { ...key, host: 'evil.example' }, 403],
    ['a caller without its token', {}, 401],
    ['a caller with another token', { authorization: 'Bearer other', 'x-api-key': 'other' }, 401],
    // It is answered: its body is what is wrong.
    ['a caller that was invited', key, 400],
    ['one that sends its key as the SDK does', { 'x-api-key': 'rehearsal' }, 400],
  ])('answers %s: %s', async (_, headers, status) => {
    const rehearsal = await rehearse(scoreOf(reportTurn))
    expect(await post(`${rehearsal.url}/v1/messages`, headers)).toBe(status)
    expect(rehearsal.requests()).toBe(status === 400 ? 1 : 0)
    expect(rehearsal.problems).toEqual([])
  })
})

/** The status of the answer. With `fetch` no other `Host` can be sent. */
function post(url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.once('error', reject)
    sent.end('{}')
  })
}
