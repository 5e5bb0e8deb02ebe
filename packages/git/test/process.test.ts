import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { GitCommandError, pushRefs } from '../src/index.ts'
import {
  GitPipe,
  git,
  gitEnvironment,
  isRunning,
  parseLines,
  transactRefs,
  withoutLogins,
} from '../src/process/index.ts'
import { spawnGit } from '../src/process/spawn-git.ts'
import { repositoryWith, sh, temporaryDirectory } from './scene.ts'

afterEach(() => vi.unstubAllEnvs())

const placeIn = (root: string) => ({ gitDir: join(root, '.git'), cwd: root })

describe('the environment of git', () => {
  const from = {
    PATH: '/bin',
    HOME: '/home/ada',
    ANTHROPIC_API_KEY: 'sk-ant-x',
    REDIS_URL: 'redis://:x@y',
    NX_CLOUD_ACCESS_TOKEN: 'x',
    GIT_DIR: '/elsewhere',
    GIT_CONFIG_PARAMETERS: "'core.hooksPath'='/x'",
    GIT_SSH_COMMAND: 'ssh -i key',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: 'x',
    SSH_AUTH_SOCK: '/agent',
    GH_TOKEN: 'x',
    https_proxy: 'http://proxy',
    HTTPS_PROXY: 'http://proxy',
  }
  const always = ['GIT_NO_REPLACE_OBJECTS', 'GIT_OPTIONAL_LOCKS', 'GIT_TERMINAL_PROMPT', 'HOME', 'LC_ALL', 'PATH']

  it('of a local command holds what git needs, and no login', () => {
    expect(Object.keys(gitEnvironment(from)).sort()).toEqual(always)
  })

  it('of a command that talks to a remote holds what a login needs as well, and nothing else', () => {
    const { ANTHROPIC_API_KEY: _1, REDIS_URL: _2, NX_CLOUD_ACCESS_TOKEN: _3, GIT_DIR: _4, ...rest } = from
    const { GIT_CONFIG_PARAMETERS: _5, ...wanted } = rest
    expect(Object.keys(gitEnvironment(from, true)).sort()).toEqual(
      [...new Set([...always, ...Object.keys(wanted)])].sort(),
    )
  })
})

describe('a push', () => {
  it('logs in as the user does: by the ssh command and the agent of their environment', async () => {
    const repo = await repositoryWith({ a: '1' })
    const home = temporaryDirectory()
    const remote = join(home, 'remote.git')
    sh(home, 'init', '-q', '--bare', remote)
    const [seen, ssh] = [join(home, 'seen'), join(home, 'ssh')]
    writeFileSync(ssh, `#!/bin/sh\nenv > ${seen}\nfor last; do :; done\neval "$last"\n`)
    chmodSync(ssh, 0o755)
    vi.stubEnv('GIT_SSH_COMMAND', ssh)
    vi.stubEnv('SSH_AUTH_SOCK', '/the/agent')
    vi.stubEnv('ANTHROPIC_API_KEY', 'sk-ant-secret')
    const commit = sh(repo.root, 'rev-parse', 'HEAD')
    await pushRefs(repo, `ada@elsewhere:${remote}`, [{ ref: 'refs/heads/main', oid: commit }])
    expect(sh(home, '--git-dir', remote, 'rev-parse', 'main')).toBe(commit)
    const environment = readFileSync(seen, 'utf8')
    expect(environment).toContain('SSH_AUTH_SOCK=/the/agent')
    expect(environment).not.toContain('sk-ant-secret')
  })

  it('that fails shows no login of its URL, in no field', async () => {
    const repo = await repositoryWith({ a: '1' })
    const url = 'https://ada:hun/ter@2@127.0.0.1:1/x.git'
    const commit = sh(repo.root, 'rev-parse', 'HEAD')
    const failed = await pushRefs(repo, url, [{ ref: 'refs/heads/main', oid: commit }]).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(GitCommandError)
    const { message, command, stderr } = failed as GitCommandError
    expect([message, stderr, ...command].join(' ')).toContain('https://***@127.0.0.1:1/x.git')
    expect([message, stderr, ...command].join(' ')).not.toMatch(/ada|hun|ter@/)
  })
})

it.each([
  ["fatal: unable to access 'https://a:b@c/d'", "fatal: unable to access 'https://***@c/d'"],
  ['ssh://git@host/x and https://t:p/w@q@host/y', 'ssh://***@host/x and https://***@host/y'],
  ['git@host:x.git has no scheme, ada@example.org no URL', 'git@host:x.git has no scheme, ada@example.org no URL'],
])('logins are taken out of %j', (text, shown) => {
  expect(withoutLogins(text)).toBe(shown)
})

describe('a git process', () => {
  const run = (cwd: string, alias: string, timeoutMs = 10_000) =>
    spawnGit({
      cwd,
      args: ['-c', `alias.run=!${alias}`, 'run'],
      env: gitEnvironment(process.env),
      timeoutMs,
      ownSession: true,
    })

  it('is stopped when its time is up, together with what it has started', async () => {
    const folder = temporaryDirectory()
    const pid = join(folder, 'pid')
    await expect(run(folder, `sleep 60 & echo $! > ${pid}; wait`, 200)).rejects.toThrow(
      `git run did not end within 0.2 s and was stopped in ${folder}`,
    )
    await vi.waitFor(() => expect(isRunning(Number(readFileSync(pid, 'utf8')))).toBe(false))
  })

  it('has ended when it has, though something it left behind keeps its output open', async () => {
    const folder = temporaryDirectory()
    const pid = join(folder, 'pid')
    const result = await run(folder, `echo said; sleep 60 & echo $! > ${pid}`)
    expect(result).toMatchObject({ exitCode: 0, stdout: 'said\n' })
    const left = Number(readFileSync(pid, 'utf8'))
    expect(isRunning(left)).toBe(true)
    process.kill(left)
  })

  it('whose folder is not there is told apart from one that fails', async () => {
    await expect(run(join(temporaryDirectory(), 'nowhere'), 'true')).rejects.toThrow('git could not be run in')
    await expect(run(temporaryDirectory(), 'kill -9 $PPID')).rejects.toThrow('git run was ended by SIGKILL')
  })
})

describe('a long-lived git process', () => {
  it('that is silent for too long fails its request, and the next one starts another', async () => {
    const repo = await repositoryWith({ a: '1' })
    const pipe = new GitPipe(placeIn(repo.root), ['cat-file', '--batch-check'], { answerMs: 150 })
    const never = pipe.ask('HEAD\n', parseLines(2))
    await expect(never).rejects.toThrow(`git cat-file gave no answer within 0.15 s in ${repo.root}`)
    const [line] = await pipe.ask('HEAD\n', parseLines(1))
    expect(line).toMatch(/^[0-9a-f]{40} commit \d+$/)
    await pipe.close()
  })

  it('that ends before it has answered says why, and the next request starts another', async () => {
    const repo = await repositoryWith({ a: '1' })
    const pipe = new GitPipe(placeIn(repo.root), ['update-ref', '--stdin'])
    await expect(pipe.ask('nonsense\n', parseLines(1))).rejects.toMatchObject({
      name: 'GitCommandError',
      stderr: 'fatal: unknown command: nonsense',
    })
    expect(await pipe.ask('start\nabort\n', parseLines(2))).toEqual(['start: ok', 'abort: ok'])
    await pipe.close()
  })
})

describe('a transaction of refs', () => {
  it('changes all of them or none, and says why', async () => {
    const repo = await repositoryWith({ a: '1' })
    const place = placeIn(repo.root)
    const to = sh(repo.root, 'rev-parse', 'HEAD')
    const set = (ref: string) => ({ kind: 'set', ref, to, from: undefined }) as const
    expect(await transactRefs(place, [set('refs/x/a'), set('refs/x/b')], 'why')).toEqual({ kind: 'done' })
    expect(await transactRefs(place, [set('refs/x/c'), set('refs/x/a')], 'why')).toMatchObject({ kind: 'moved' })
    mkdirSync(join(repo.gitDir, 'refs/x'), { recursive: true })
    writeFileSync(join(repo.gitDir, 'refs/x/c.lock'), '')
    expect(await transactRefs(place, [set('refs/x/c')], 'why')).toMatchObject({
      kind: 'locked',
      lockFile: join(repo.gitDir, 'refs/x/c.lock'),
    })
    const { stdout } = await git(place, ['for-each-ref', '--format=%(refname)', 'refs/x'])
    expect(stdout).toBe('refs/x/a\nrefs/x/b\n')
    expect(await transactRefs(place, [{ kind: 'remove', ref: 'refs/x/a' }], 'why')).toEqual({ kind: 'done' })
    await expect(transactRefs(place, [set('refs/x/d commit')], 'why')).rejects.toThrow('cannot be the name of a ref')
  })
})
