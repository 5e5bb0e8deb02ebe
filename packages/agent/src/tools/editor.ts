import { constants } from 'node:fs'
import { mkdir, open, readdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Anthropic } from '@anthropic-ai/sdk'
import { type Access, type Confinement, confine } from './confine.ts'
import { failed, field, stringField, succeeded, type ToolResult } from './result.ts'

export const editorTool = {
  type: 'text_editor_20250728',
  name: 'str_replace_based_edit_tool',
} as const satisfies Anthropic.ToolTextEditor20250728

/** Larger files are refused: nobody edits them by hand. */
const largestFile = 4 * 1024 * 1024

/** Characters of a view; more is for `view_range`. */
const longestView = 60_000

export interface EditorScope extends Confinement {
  /** False for roles that look and do not touch. */
  readonly mayWrite: boolean
}

/**
 * Carries out one call of the text editor: `view`, `create`, `str_replace`, `insert`. Works inside the directory only
 * (see `confine`), on regular files only. What goes wrong is told to the model; nothing is thrown for bad input.
 */
export async function runEditor(input: unknown, scope: EditorScope): Promise<ToolResult> {
  const command = stringField(input, 'command')
  const given = stringField(input, 'path')
  if (given === undefined) return failed('`path` is missing.')
  const access: Access = command === 'view' ? 'read' : 'write'
  if (access === 'write' && !scope.mayWrite) return failed('Your role changes nothing; you may only `view`.')
  const confined = await confine(given, access, scope)
  if (confined.kind === 'refused') return failed(confined.message)
  const { path } = confined
  try {
    switch (command) {
      case 'view':
        return await view(path, given, field(input, 'view_range'))
      case 'create':
        return await create(path, given, stringField(input, 'file_text'))
      case 'str_replace':
        return await replace(path, given, stringField(input, 'old_str'), stringField(input, 'new_str') ?? '')
      case 'insert':
        return await insert(path, given, field(input, 'insert_line'), insertText(input))
      default:
        return failed(`\`${command}\` is no command of this tool: view, create, str_replace or insert.`)
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return failed(`\`${given}\`: ${describe(error)}`)
  }
}

function insertText(input: unknown): string | undefined {
  return stringField(input, 'insert_text') ?? stringField(input, 'new_str')
}

async function view(path: string, given: string, range: unknown): Promise<ToolResult> {
  if ((await stat(path)).isDirectory()) return succeeded(await listing(path, given))
  const lines = (await read(path)).split('\n')
  if (lines.at(-1) === '') lines.pop()
  const [from, to] = Array.isArray(range) ? [Number(range[0]), Number(range[1])] : [1, -1]
  const last = to === -1 ? lines.length : Math.min(to, lines.length)
  if (
    !Number.isInteger(from) ||
    !Number.isInteger(to) ||
    from < 1 ||
    (lines.length > 0 && (from > lines.length || last < from))
  )
    return failed(`\`view_range\` does not fit: the file has ${lines.length} lines.`)
  const numbered = lines.slice(from - 1, last).map((line, index) => `${String(from + index).padStart(6)}\t${line}`)
  return succeeded(shortened(numbered))
}

function shortened(lines: readonly string[]): string {
  let size = 0
  for (const [index, line] of lines.entries()) {
    size += line.length + 1
    if (size > longestView && index > 0)
      return `${lines.slice(0, index).join('\n')}\n[${lines.length - index} more lines; use view_range]`
  }
  return lines.join('\n').slice(0, 2 * longestView)
}

async function listing(path: string, given: string): Promise<string> {
  const entries = await readdir(path, { withFileTypes: true })
  const names = entries
    .filter((entry) => entry.name !== '.git')
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort()
  return names.length === 0 ? `${given} is empty.` : names.join('\n')
}

async function create(path: string, given: string, text: string | undefined): Promise<ToolResult> {
  if (text === undefined) return failed('`file_text` is missing.')
  await mkdir(dirname(path), { recursive: true })
  await write(path, text)
  return succeeded(`Wrote ${given}.`)
}

async function replace(path: string, given: string, old: string | undefined, fresh: string): Promise<ToolResult> {
  if (old === undefined || old === '') return failed('`old_str` is missing.')
  const text = await read(path)
  const first = text.indexOf(old)
  if (first < 0) return failed(`\`old_str\` does not occur in ${given}; view the file and copy it exactly.`)
  const places = occurrences(text, old)
  if (places.length > 1)
    return failed(
      `\`old_str\` occurs ${places.length} times in ${given} (lines ${places.join(', ')}); give more of its surroundings.`,
    )
  await write(path, text.slice(0, first) + fresh + text.slice(first + old.length))
  return succeeded(`Changed ${given} at line ${places[0]}.`)
}

function occurrences(text: string, part: string): readonly number[] {
  const lines: number[] = []
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) lines.push(lineOf(text, at))
  return lines
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

async function insert(path: string, given: string, line: unknown, text: string | undefined): Promise<ToolResult> {
  if (text === undefined) return failed('`insert_text` is missing.')
  const before = await read(path)
  const ended = before === '' || before.endsWith('\n')
  const lines = before === '' ? [] : before.replace(/\n$/, '').split('\n')
  if (typeof line !== 'number' || !Number.isInteger(line) || line < 0 || line > lines.length)
    return failed(`\`insert_line\` does not fit: ${given} has ${lines.length} lines.`)
  const after = [...lines.slice(0, line), text.replace(/\n$/, ''), ...lines.slice(line)].join('\n')
  await write(path, ended || line === lines.length ? `${after}\n` : after)
  return succeeded(`Inserted into ${given} after line ${line}.`)
}

async function read(path: string): Promise<string> {
  // Non-blocking: opening a pipe that nobody writes to would block without end.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw new Error('it is no regular file.')
    if (stats.size > largestFile) throw new Error(`it is too large (${stats.size} bytes); use the shell.`)
    const bytes = await file.readFile()
    if (bytes.includes(0)) throw new Error('it is no text file.')
    return bytes.toString('utf8')
  } finally {
    await file.close()
  }
}

async function write(path: string, text: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags, 0o666)
  try {
    if (!(await file.stat()).isFile()) throw new Error('it is no regular file.')
    await file.truncate(0)
    await file.writeFile(text)
  } finally {
    await file.close()
  }
}

function describe(error: Error): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'no such file.'
    case 'EISDIR':
      return 'it is a directory.'
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a part of the path is a file.'
    default:
      return error.message
  }
}
