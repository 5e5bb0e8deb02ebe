import { describe, expect, test } from 'vitest'
import { readArguments } from '../src/arguments.ts'
import { Refusal } from '../src/refusal.ts'
import { tools } from '../src/tools/tools.ts'

function toolOf(name: string) {
  const tool = tools.find((each) => each.name === name)
  if (tool === undefined) throw new Error(`there is no tool ${name}`)
  return tool
}

const refusal = (tool: string, args: unknown): Refusal => {
  try {
    readArguments(toolOf(tool), args)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('arguments of a call', () => {
  test('are taken by their other names, too', () => {
    expect(readArguments(toolOf('start_task'), { description: 'a', working_directory: '.' })).toEqual({
      description: 'a',
      working_dir: '.',
    })
    expect(
      readArguments(toolOf('mark_phase_complete'), { task_id: 'a', phase: '1', checkpoint_id: 'c' }),
    ).toMatchObject({
      phase_name: '1',
    })
  })

  test('are refused with every mistake at once, and what the tool takes', () => {
    const { message, next } = refusal('create_worktree', { task_id: 5, nmae: 'x', base_dir: '' })
    expect(message).toBe(
      'create_worktree: there is no argument "nmae"; task_id is no string; name is missing; base_dir is empty',
    )
    expect(next).toBe('call create_worktree with task_id, name, base_dir?, phase?')
  })

  test('are refused where two names of one differ, and taken where they agree', () => {
    const both = { task_id: 'a', phase: '1', working_dir: '.' }
    expect(refusal('create_checkpoint', { ...both, phase_name: '2' }).message).toContain('phase is given twice')
    expect(readArguments(toolOf('create_checkpoint'), { ...both, phase_name: '1' })).toEqual(both)
  })

  test.each([null, 'text', 7, ['a']])('are no %j', (args) => {
    expect(refusal('list_worktrees', args).message).toBe('the arguments of list_worktrees are no object')
  })

  test('that every object has are unknown', () => {
    for (const key of ['__proto__', 'constructor', 'toString']) {
      const args = JSON.parse(`{"task_id":"a",${JSON.stringify(key)}:{"polluted":1}}`)
      expect(refusal('list_worktrees', args).message).toContain(`there is no argument "${key}"`)
    }
    expect({}).not.toHaveProperty('polluted')
  })
})

test('every tool says truthfully what it does to the world', () => {
  const reads = tools.filter(({ annotations }) => annotations.readOnlyHint).map(({ name }) => name)
  expect(reads).toEqual(['get_task_state', 'list_worktrees', 'list_checkpoints'])
  const removes = tools.filter(({ annotations }) => annotations.destructiveHint).map(({ name }) => name)
  expect(removes).toEqual(['rollback_to_checkpoint', 'cleanup_worktrees'])
  expect(tools).toHaveLength(10)
})
