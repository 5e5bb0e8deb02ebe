// Writes the tables of the reference that are made from the code: node tools/reference.mjs (after a build).
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toolsReference } from '../packages/mcp/dist/index.js'
import { adviceTable, diagnosticsTable, labelsTable } from '../packages/spec/dist/index.js'

const root = join(import.meta.dirname, '..')
for (const [page, name, table] of [
  ['diagnostics', 'diagnostics', diagnosticsTable()],
  ['spec-format', 'labels', labelsTable()],
  ['advice', 'advice', adviceTable()],
  ['mcp', 'tools', toolsReference()],
]) {
  const file = join(root, 'docs/reference', `${page}.md`)
  const text = readFileSync(file, 'utf8')
  const marked = new RegExp(`(<!-- generated: ${name} -->\n)[^]*?(\n<!-- end: ${name} -->)`)
  if (!marked.test(text)) throw new Error(`${file} has no place for the table "${name}"`)
  writeFileSync(
    file,
    text.replace(marked, (_, before, after) => `${before}${table}${after}`),
  )
}
