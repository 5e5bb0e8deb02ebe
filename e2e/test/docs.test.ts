import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { anchorsOf, brokenLinks } from '../scenarios/docs/links.mjs'
import { stepsOf } from '../scenarios/docs/pages.mjs'
import { notPrinted } from '../scenarios/docs/shown.mjs'

const page = (...lines: string[]): string => lines.join('\n')
const kinds = (text: string) => stepsOf(text).map(({ kind }) => kind)

describe('what a page asks its reader to do', () => {
  test('is the commands of its sh fences, one by one, with the output that follows', () => {
    const text = page(
      '```sh',
      '# a comment',
      'npm ci',
      'npx nx run \\',
      '  spec:plan',
      '```',
      '',
      '```text',
      'done',
      '```',
    )
    expect(stepsOf(text)).toMatchObject([
      { kind: 'run', line: 3, command: 'npm ci', fails: false },
      { kind: 'run', line: 4, command: 'npx nx run \\\n  spec:plan' },
      { kind: 'shown', line: 8, text: 'done\n' },
    ])
  })

  test('leaves out fences of other languages, and output that follows no command', () => {
    expect(kinds(page('```yaml', 'a: 1', '```', '```text', 'x', '```'))).toEqual([])
    expect(kinds(page('```sh', 'a', '```', 'Words.', '```text', 'x', '```'))).toEqual(['run'])
  })

  test('takes directives: files, failures, skipped fences, folders', () => {
    const text = page(
      '<!-- docs-test: folder built -->',
      '<!-- docs-test: file=a/b.md -->',
      '````markdown',
      '```sh',
      'rm -rf /',
      '```',
      '````',
      '<!-- docs-test: fails -->',
      '<!-- docs-test: shows no spec -->',
      '```sh',
      'a',
      'b',
      '```',
      '<!-- docs-test: skip because a person does it -->',
      '```sh',
      'c',
      '```',
    )
    expect(stepsOf(text)).toMatchObject([
      { kind: 'folder', name: 'built' },
      { kind: 'write', path: 'a/b.md', text: '```sh\nrm -rf /\n```\n' },
      { kind: 'run', command: 'a', fails: false },
      { kind: 'run', command: 'b', fails: true },
      { kind: 'shown', text: 'no spec' },
      { kind: 'skip', command: 'c', why: 'a person does it' },
    ])
  })

  test('is refused where a directive is unknown, leads nowhere, or a fence stays open', () => {
    expect(() => stepsOf('<!-- docs-test: skp because -->')).toThrow('line 1: unknown directive: skp because')
    expect(() => stepsOf('<!-- docs-test: fails -->\nWords.')).toThrow('no fence behind it')
    expect(() => stepsOf('```sh\nnpm ci')).toThrow('never closed')
  })

  test('is that of one section, where one is named', () => {
    const text = page('## A', '```sh', 'a', '```', '## B', '```sh', 'b', '```')
    expect(stepsOf(text, { section: 'B' })).toMatchObject([{ kind: 'run', command: 'b' }])
  })
})

describe('the output that a page shows', () => {
  test('may differ in times, sizes, ids, versions and folders', () => {
    const shown = '  0:18  finalize  ✔ main is at 1f00cf8  (4.1 s)\n✔ disk  120 kB in /home/you/spec, Node 20.20.2\n…\n'
    const printed = '  1:02  finalize    ✔ main is at abc1234  (350 ms)\n✔ disk  2 GB in /tmp/x/spec, Node 24.1.0\n'
    expect(notPrinted(shown, printed)).toEqual([])
    expect(notPrinted('✔ base 31edaa2  (350 ms)', '✔ base 31edaa2')).toEqual([])
  })

  test('may not differ in words or counts', () => {
    expect(notPrinted('2 phases, 3 modules', '2 phases, 4 modules')).toEqual(['2 phases, 3 modules'])
    expect(notPrinted('run … failed', 'run done')).toEqual(['run … failed'])
    expect(notPrinted('run … failed', 'run 7 failed')).toEqual([])
  })
})

describe('links of a page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nx-conduct-links-'))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('lead to files and headings', () => {
    writeFileSync(join(folder, 'b.md'), '# The `test` command\n\n```sh\n# no heading\n```\n')
    const links =
      '[a](./b.md) [a](b.md#the-test-command) [a](https://a.b)\n[a](b.md#no-heading)\n[a](c.md) `[a](d.md)`\n'
    writeFileSync(join(folder, 'a.md'), links)
    expect(brokenLinks(join(folder, 'a.md'), folder)).toEqual(['line 2: b.md#no-heading', 'line 3: c.md'])
  })

  test('have anchors as GitHub makes them', () => {
    expect(anchorsOf("# 1. What's `new`?\n## A & B\n## A & B\n")).toEqual(['1-whats-new', 'a--b', 'a--b-1'])
  })
})
