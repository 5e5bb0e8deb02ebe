import { GitCommandError, GitError } from '@nx-conduct/git'
import { StoreProblem } from '@nx-conduct/store'
import { expect, test } from 'vitest'
import { ConductProblem, toProblem } from '../src/index.ts'
import { Superseded } from '../src/step/record.ts'

const kept = /Then run the same command again; finished steps are kept\.$/

test('what git did not do is said in its words, with the next command once', () => {
  const full = new GitCommandError(['read-tree'], 128, "error: unable to write file 'a'\n", '/here')
  expect(toProblem(full)).toMatchObject({
    code: 'git',
    message: "git read-tree failed with exit code 128 in /here: error: unable to write file 'a'",
    hint: 'If the disk is full, free some space. Then run the same command again; nothing is lost.',
  })
  const other = toProblem(new GitCommandError(['merge'], 1, 'odd', '/here'))
  expect(other?.message).toBe('git merge failed with exit code 1 in /here: odd')
  expect(other?.hint).toMatch(kept)
  expect(toProblem(new GitError('It is not ours.', { hint: 'Move it.' }))).toMatchObject({
    message: 'It is not ours.',
    hint: 'Move it.',
  })
})

test('what the machine refuses is told apart from a fault of our own', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  expect(toProblem(full)).toMatchObject({ code: 'machine', message: full.message, hint: expect.stringMatching(kept) })
  expect(toProblem(Object.assign(new Error('ENOENT'), { code: 'ENOENT' }))).toBeUndefined()
  expect(toProblem(new TypeError('x is not a function'))).toBeUndefined()
})

test('problems of the run log keep their words, and one of ours is what it is', () => {
  const store = new StoreProblem('redis-required', 'Redis is away', 'Start it.')
  expect(toProblem(store)).toMatchObject({ code: 'redis', message: 'Redis is away', hint: 'Start it.' })
  expect(toProblem(new StoreProblem('git', 'm', 'h'))?.code).toBe('log')
  expect(toProblem(new Superseded('taken over'))?.message).toBe('taken over')
  const ours = new ConductProblem('log', 'm', 'h')
  expect(toProblem(ours)).toBe(ours)
})
