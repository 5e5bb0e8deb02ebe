import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { failures, notices, storeNotices } from '../src/views/notice.ts'

test('the reference lists every notice and every reason of a failure, and nothing else', async () => {
  const text = await readFile(new URL('../../../docs/reference/notices.md', import.meta.url), 'utf8')
  const listed = [...text.matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)].map(([, code, meaning]) => `${code}: ${meaning}`)
  const all = [notices, storeNotices, failures].flatMap((of) =>
    Object.entries(of).map(([code, meaning]) => `${code}: ${meaning}`),
  )
  expect(listed).toEqual(all)
})
