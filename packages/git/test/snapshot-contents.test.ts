import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { removeWorktree, snapshot } from '../src/index.ts'
import { sh, write } from './scene.ts'
import { problems, scene, taken } from './snapshot-scene.ts'

describe('what a worktree may hold', () => {
  it.each(['.gitignore', 'sub/.gitignore', '.gitattributes'])(
    'a pipe named %s is refused before git waits for it',
    async (name) => {
      const { repo, path, base } = await scene()
      mkdirSync(join(path, 'sub'))
      execFileSync('mkfifo', [join(path, name)])
      expect(problems(await snapshot(repo, { worktree: path, base }))).toEqual([name])
    },
  )

  it('pipes are left out and named, ignored ones are not', async () => {
    const { repo, path, base } = await scene({ 'a.txt': '1', '.gitignore': 'run/\n' })
    mkdirSync(join(path, 'run'))
    execFileSync('mkfifo', [join(path, 'pipe'), join(path, 'run/pipe')])
    expect(taken(await snapshot(repo, { worktree: path, base }))).toMatchObject({ tree: base, leftOut: ['pipe'] })
  })

  it('a file of gigabytes is refused unless it is ignored, and rules of gigabytes are', async () => {
    const { repo, path, base } = await scene({ 'a.txt': '1', '.gitignore': '*.img\n' })
    const sparse = (name: string, bytes: number): void => {
      writeFileSync(join(path, name), '')
      truncateSync(join(path, name), bytes)
    }
    sparse('disk.img', 5e9)
    expect(taken(await snapshot(repo, { worktree: path, base })).tree).toBe(base)
    sparse('disk', 5e9)
    expect(await snapshot(repo, { worktree: path, base })).toEqual({
      kind: 'refused',
      problems: [{ path: 'disk', why: 'the file is too large for git: 4769 MB' }],
    })
    rmSync(join(path, 'disk'))
    truncateSync(join(path, '.gitignore'), 2e9)
    expect(problems(await snapshot(repo, { worktree: path, base }))).toEqual(['.gitignore'])
  })

  it('folders nested beyond what a path may name are refused and can be removed', async () => {
    const { repo, path, base } = await scene()
    const script = 'for (1..30) { mkdir $ARGV[0]; chdir $ARGV[0] or die $! }'
    execFileSync('perl', ['-e', script, 'd'.repeat(200)], { cwd: path })
    const [problem = ''] = problems(await snapshot(repo, { worktree: path, base }))
    expect(problem).toMatch(/^ddd.*d\/$/)
    await removeWorktree(repo, path)
    expect(existsSync(path)).toBe(false)
  })
})

describe('what the user hides from themselves', () => {
  it('does not hide what an agent made', async () => {
    const { repo, path, base } = await scene({ 'a.txt': '1', '.gitignore': 'ignored\n' })
    write(repo.commonDir, { 'info/exclude': 'mine\n' })
    write(join(repo.root, '..'), { ignore: '*.log\n' })
    sh(repo.root, 'config', 'core.excludesFile', join(repo.root, '..', 'ignore'))
    write(path, { 'mine/made.txt': 'x', 'made.log': 'x', ignored: 'x' })
    const outcome = await snapshot(repo, { worktree: path, base })
    expect(outcome).toMatchObject({ kind: 'snapshot', changed: ['made.log', 'mine/made.txt'] })
  })
})
