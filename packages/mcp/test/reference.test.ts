import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { toolsReference } from '../src/index.ts'

test('the reference has the tools as the code has them (else: node tools/reference.mjs)', () => {
  const page = readFileSync(new URL('../../../docs/reference/mcp.md', import.meta.url), 'utf8')
  expect(page).toContain(toolsReference())
})
