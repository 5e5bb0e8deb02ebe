import { afterEach, describe, expect, test } from 'vitest'
import { isOwnOrigin, type Listening, listenHttp } from '../src/http.ts'

describe('a page of this machine', () => {
  test.each(['http://localhost', 'http://localhost:3000', 'https://127.0.0.1:1', 'http://[::1]:5'])(
    'as Origin: %s',
    (origin) => {
      expect(isOwnOrigin(origin)).toBe(true)
    },
  )

  test.each([
    'null',
    'http://localhost.evil.example',
    'http://evil.example#http://localhost',
    'file://',
    'http://localhost:3000/a',
  ])('not as Origin: %s', (origin) => {
    expect(isOwnOrigin(origin)).toBe(false)
  })
})

describe('a server with a token', () => {
  let listening: Listening
  afterEach(() => listening.close())

  test('makes no server for a request that does not bring it', async () => {
    let made = 0
    listening = await listenHttp({
      port: 0,
      token: 'right',
      createServer: () => {
        made += 1
        return { connect: async () => undefined, close: async () => undefined }
      },
    })
    for (const authorization of ['', 'Bearer wrong', 'Bearer right ', 'Basic right', 'Bearer rightright']) {
      const { status } = await fetch(listening.url, { method: 'POST', headers: { authorization }, body: '{}' })
      // fetch takes the space at the end of a header away.
      expect(status, authorization).toBe(authorization === 'Bearer right ' ? 406 : 401)
    }
    expect(made).toBe(1)
  })
})
