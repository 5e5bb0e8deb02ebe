import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { runEditor } from '../src/tools/editor.ts'
import { temporaryDirectory } from './session-rig.ts'

let outside = ''
let directory = ''

beforeEach(() => {
  outside = temporaryDirectory()
  directory = join(outside, 'worktree')
  mkdirSync(directory)
  writeFileSync(join(outside, 'secret'), 'top secret')
})

function edit(input: object, more: { readOnly?: string[]; mayWrite?: boolean } = {}) {
  return runEditor(input, { directory, readOnly: [], mayWrite: true, ...more })
}

const create = (path: string) => edit({ command: 'create', path, file_text: 'x' })
const view = (path: string) => edit({ command: 'view', path })

describe('the editor stays in the worktree', () => {
  it.each(['../x', 'a/../../x', 'OUTSIDE/x', '../worktree2/x', '..', 'a/../../worktree/../x', ''])(
    'creates nothing at %j (attack 1)',
    async (path) => {
      expect((await create(path.replace('OUTSIDE', outside))).failed).toBe(true)
      expect(existsSync(join(outside, 'x'))).toBe(false)
    },
  )

  it('takes an absolute path inside, also through the real path of a linked directory', async () => {
    expect((await create(join(directory, 'a'))).failed).toBe(false)
    expect((await create(join(realpathSync(directory), 'b'))).failed).toBe(false)
    const link = join(outside, 'link')
    symlinkSync(directory, link)
    const scope = { directory: link, readOnly: [], mayWrite: true }
    expect((await runEditor({ command: 'create', path: join(link, 'c'), file_text: '' }, scope)).failed).toBe(false)
    expect(existsSync(join(directory, 'c'))).toBe(true)
  })

  it('views nothing through a link that leads out (attack 2)', async () => {
    symlinkSync('/etc', join(directory, 'etc'))
    symlinkSync('../secret', join(directory, 'file'))
    for (const path of ['etc/passwd', 'etc', 'file']) {
      const { failed, text } = await view(path)
      expect(failed).toBe(true)
      expect(text).not.toMatch(/root:|top secret/)
    }
  })

  it('creates nothing on a dangling link, nor below one (attack 3)', async () => {
    symlinkSync(join(outside, 'new'), join(directory, 'dangling'))
    symlinkSync('loop', join(directory, 'loop'))
    for (const path of ['dangling', 'dangling/deep/file', 'loop', 'loop/x'])
      expect((await create(path)).failed).toBe(true)
    expect(existsSync(join(outside, 'new'))).toBe(false)
  })

  it.each([
    '.git',
    '.GIT/config',
    'sub/.git/hooks/pre-commit',
    '.git./config',
    '.git /config',
    'GIT~1/config',
    '.g\u200Cit/config',
    '.git::$INDEX_ALLOCATION/config',
    'a\\.git\\config',
    '.ｇｉｔ/config',
  ])('neither reads nor writes git data as %j (attack 4)', async (path) => {
    mkdirSync(join(directory, '.git'))
    writeFileSync(join(directory, '.git/config'), 'precious')
    expect((await create(path)).failed).toBe(true)
    const seen = await view(path)
    expect(seen.failed).toBe(true)
    expect(seen.text).not.toContain('precious')
  })

  it('reaches git data through no link either', async () => {
    mkdirSync(join(directory, '.git'))
    symlinkSync('.git', join(directory, 'innocent'))
    expect((await create('innocent/config')).failed).toBe(true)
    expect(existsSync(join(directory, '.git/config'))).toBe(false)
  })

  it('lets the plan be read, not written', async () => {
    mkdirSync(join(directory, 'libs/x/.spec'), { recursive: true })
    writeFileSync(join(directory, 'libs/x/.spec/SPEC.md'), '# X')
    expect((await view('libs/x/.spec/SPEC.md')).text).toContain('# X')
    for (const path of ['libs/x/.spec/SPEC.md', '.spec/new', '.SPEC/new'])
      expect((await create(path)).failed).toBe(true)
    expect(readFileSync(join(directory, 'libs/x/.spec/SPEC.md'), 'utf8')).toBe('# X')
  })

  it('leaves read-only paths as they are, whatever way leads to them', async () => {
    mkdirSync(join(directory, 'kept'))
    symlinkSync('kept', join(directory, 'alias'))
    const readOnly = [join(directory, 'kept')]
    for (const path of ['kept/x', 'alias/x'])
      expect((await edit({ command: 'create', path, file_text: '' }, { readOnly })).failed).toBe(true)
    expect((await edit({ command: 'create', path: 'kept2', file_text: '' }, { readOnly })).failed).toBe(false)
  })

  it('writes nothing for a role that only looks', async () => {
    for (const command of ['create', 'str_replace', 'insert', 'undo_edit'])
      expect((await edit({ command, path: 'a', file_text: '' }, { mayWrite: false })).failed).toBe(true)
    expect(existsSync(join(directory, 'a'))).toBe(false)
  })

  it('does not wait on a pipe, and does not read a device or a binary', async () => {
    execFileSync('mkfifo', [join(directory, 'pipe')])
    writeFileSync(join(directory, 'binary'), Buffer.from([1, 0, 2]))
    for (const path of ['pipe', 'binary']) expect((await view(path)).failed).toBe(true)
    expect((await create('pipe')).failed).toBe(true)
  })
})

describe('the editor', () => {
  beforeEach(() => writeFileSync(join(directory, 'a'), 'one\ntwo\ntwo\nfour\n'))

  const now = () => readFileSync(join(directory, 'a'), 'utf8')

  it('shows files with line numbers, ranges, and folders', async () => {
    expect((await view('a')).text).toBe('     1\tone\n     2\ttwo\n     3\ttwo\n     4\tfour')
    expect((await edit({ command: 'view', path: 'a', view_range: [3, -1] })).text).toBe('     3\ttwo\n     4\tfour')
    expect((await edit({ command: 'view', path: 'a', view_range: [9, 10] })).text).toContain('4 lines')
    mkdirSync(join(directory, '.git'))
    expect((await view('.')).text).toBe('a')
  })

  it('replaces exactly one place, and says where the others are', async () => {
    const replace = (old_str: string, new_str: string) => edit({ command: 'str_replace', path: 'a', old_str, new_str })
    expect((await replace('two', '2')).text).toContain('lines 2, 3')
    expect((await replace('zero', '0')).failed).toBe(true)
    expect(now()).toBe('one\ntwo\ntwo\nfour\n')
    expect((await replace('four', '$& 4')).failed).toBe(false)
    expect(now()).toBe('one\ntwo\ntwo\n$& 4\n')
  })

  it.each([
    [0, 'zero\none\ntwo\ntwo\nfour\n'],
    [1, 'one\nzero\ntwo\ntwo\nfour\n'],
    [4, 'one\ntwo\ntwo\nfour\nzero\n'],
  ])('inserts after line %i', async (insert_line, expected) => {
    expect((await edit({ command: 'insert', path: 'a', insert_line, insert_text: 'zero' })).failed).toBe(false)
    expect(now()).toBe(expected)
  })

  it.each([
    {},
    { command: 'view' },
    { command: 'fly', path: 'a' },
    { command: 'create', path: 'a' },
    { command: 'insert', path: 'a', insert_line: 99, insert_text: '' },
    { command: 'insert', path: 'a', insert_line: '1', insert_text: '' },
    { command: 'str_replace', path: 'a', old_str: '' },
    { command: 'view', path: 'a', view_range: ['x', {}] },
    { command: 'view', path: 'a/b' },
    { command: 'create', path: 'a/b', file_text: '' },
    { command: 'create', path: '.', file_text: '' },
    { command: 'view', path: 'gone' },
    { command: 'view', path: 'nul\0' },
    null,
    'text',
  ])('answers nonsense with words: %j', async (input) => {
    const { failed, text } = await runEditor(input, { directory, readOnly: [], mayWrite: true })
    expect(failed).toBe(true)
    expect(text).not.toContain('undefined')
    expect(now()).toBe('one\ntwo\ntwo\nfour\n')
  })
})
