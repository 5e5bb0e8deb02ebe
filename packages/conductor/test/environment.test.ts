import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from '@nx-conduct/spec'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readEnvironment } from '../src/run/environment.ts'

let folder: string
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'conductor-environment-')))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function program(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, name), 0o755)
}

function read(tools: string) {
  const { settings } = compile(`---\ntools: [${tools}]\n---\n## Phases\n\n### Phase 1: A\n\n- a\n`)
  const commandEnv = { PATH: `${folder}:${process.env['PATH']}` }
  return readEnvironment(settings, { cwd: folder, commandEnv, platform: 'linux', arch: 'x64' })
}

test('the version of a program that refuses --version, as Go does, comes from its command version', async () => {
  const like = (version: string) =>
    `[ "$1" = version ] && echo "${version}" || { echo "flag provided but not defined" >&2; exit 2; }`
  await program('goes', like('goes 1.19'))
  const before = await read('goes')
  expect(before.tools).toEqual({ goes: 'goes 1.19' })
  await program('goes', like('goes 1.20'))
  expect((await read('goes')).digest).not.toBe(before.digest)
})

test('a program that knows --version is not asked twice', async () => {
  await program('tool', 'echo "tool $1"; echo more')
  expect((await read('tool')).tools).toEqual({ tool: 'tool --version' })
})

test('a program that prints no version either way is missing', async () => {
  await program('mute', 'exit 1')
  expect((await read('mute, no-such-program')).tools).toEqual({ mute: 'missing', 'no-such-program': 'missing' })
})
