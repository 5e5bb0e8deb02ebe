import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { firstCommitCommand, ignoresPackages } from '../src/first-commit.ts'
import { openRepository } from '../src/index.ts'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'nx-conduct-first-')))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const author = ['-c', 'user.name=p', '-c', 'user.email=p@example.com']

describe('the command for a first commit', () => {
  it('commits everything where no packages are installed, or something ignores them', async () => {
    expect(await firstCommitCommand(folder)).toBe('git add -A && git commit -m "Start"')
    mkdirSync(join(folder, 'node_modules'))
    writeFileSync(join(folder, '.gitignore'), 'dist\n/node_modules\n')
    expect(await firstCommitCommand(folder)).toBe('git add -A && git commit -m "Start"')
  })

  it('leaves installed packages out, run as it is printed', async () => {
    mkdirSync(join(folder, 'node_modules'))
    writeFileSync(join(folder, 'node_modules/a.js'), '')
    writeFileSync(join(folder, '.gitignore'), 'dist')
    writeFileSync(join(folder, 'index.js'), '')
    const opened = await openRepository(folder)
    if (opened.kind !== 'not-a-repository') throw new Error(`${opened.kind} was not expected`)
    const command = opened.hint.replace('Make it one: ', '').replace('git commit', `git ${author.join(' ')} commit -q`)
    execFileSync('sh', ['-c', command], { cwd: folder, stdio: 'pipe' })
    expect(execFileSync('git', ['ls-files'], { cwd: folder, encoding: 'utf8' }).trim().split('\n')).toEqual([
      '.gitignore',
      'index.js',
    ])
  })

  it.each(['node_modules', '/node_modules', 'node_modules/', '**/node_modules', 'node_modules/**'])(
    'takes %s for a rule about packages',
    (rule) => expect(ignoresPackages(`dist\n${rule}\n`)).toBe(true),
  )

  it.each(['# node_modules', '!node_modules', 'old_node_modules', 'a/node_modules'])('takes %s for none', (rule) =>
    expect(ignoresPackages(`${rule}\n`)).toBe(false),
  )
})
