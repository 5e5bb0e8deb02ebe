import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, call, Scene } from './rig.ts'

const run = promisify(execFile)

let scene: Scene
let client: Awaited<ReturnType<Scene['client']>>
let task_id: string
let path: string

beforeEach(async () => {
  scene = await Scene.with(undefined, { '.gitignore': '.conduct\n*.local\n' })
  client = await scene.client()
  task_id = (await call(client, 'start_task', { description: 'Numbers', working_dir: '.' })).task_id
  path = (await call(client, 'create_worktree', { task_id, name: 'one' })).path
})
afterEach(() => scene.remove())

const cleanUp = (force: boolean): Promise<Answer> => call(client, 'cleanup_worktrees', { task_id, force })
const saved = async (answer: Answer, file: string): Promise<string> =>
  scene.git('show', `${answer.removed[0].saved_as}:${file}`)

/** Takes the work of the worktree; whether its gates pass does not matter. */
const take = () => call(client, 'create_checkpoint', { task_id, phase: '1', working_dir: path })

describe('a worktree', () => {
  test('in which nothing is goes', async () => {
    expect(await cleanUp(false)).toMatchObject({ removed: [{ path }], kept: [] })
    expect(existsSync(path)).toBe(false)
  })

  test('whose work was taken goes, and is saved nowhere', async () => {
    await scene.write({ 'one/number.txt': '1\n' }, path)
    await take()
    const answer = await cleanUp(false)
    expect(answer.kept).toEqual([])
    expect(answer.removed[0].saved_as).toBeUndefined()
  })

  test.each([
    ['work that nobody took', 'one/number.txt', 'no checkpoint has its work (one/number.txt)'],
    ['an ignored file', 'one/key.local', 'it holds ignored files that setup did not make (one/key.local)'],
    ['a change of the spec', '.spec/notes.md', 'it holds what is no part of a phase (.spec/notes.md)'],
  ])('with %s stays, and with force that is on a ref', async (_, file, why) => {
    await scene.write({ 'one/number.txt': '1\n' }, path)
    if (file !== 'one/number.txt') await take()
    await scene.write({ [file]: 'mine\n' }, path)
    expect(await cleanUp(false)).toMatchObject({ removed: [], kept: [{ path, why }] })
    expect(existsSync(path)).toBe(true)
    expect(await saved(await cleanUp(true), file)).toBe('mine')
    expect(existsSync(path)).toBe(false)
  })

  test('with a commit that is on no branch stays, and with force that is on a ref', async () => {
    await scene.write({ 'one/number.txt': '1\n' }, path)
    await run('git', ['-C', path, '-c', 'user.name=A', '-c', 'user.email=a@b', 'add', '--all'])
    await run('git', ['-C', path, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '--quiet', '-m', 'mine'])
    await take()
    const { stdout } = await run('git', ['-C', path, 'rev-parse', 'HEAD'])
    expect((await cleanUp(false)).kept[0].why).toBe(`its commit ${stdout.slice(0, 7)} is on no branch`)
    const { removed } = await cleanUp(true)
    expect(await scene.git('rev-parse', removed[0].saved_as)).toBe(stdout.trim())
  })
})
