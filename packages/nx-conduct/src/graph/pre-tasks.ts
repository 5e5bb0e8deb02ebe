import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, realpathSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { arch, type } from 'node:os'
import { delimiter, join } from 'node:path'
import type { PreTasksExecution } from '@nx/devkit'
import { hashVariables, isMarksVariable, marksVariable, specOfMark } from './hash-variables.ts'
import { gitSettings, passed } from './runtime-command.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What it reads the state of: a workspace, and the environment that Nx was started with. */
export interface HashedState {
  readonly root: string
  readonly env: Environment
}

/** A program that takes longer does not answer at all. Its variable then says so, and Nx's cache misses. */
const timeoutMs = 20_000

/**
 * The values of {@link hashVariables}, and of the marks of every spec that has some; an empty text for a spec whose marks are
 * gone. Never throws: what cannot be read is a value like any other.
 */
export async function readHashVariables({ root, env }: HashedState): Promise<Readonly<Record<string, string>>> {
  const [head, marks, node, score] = await Promise.all([
    output('git', [...gitSettings, 'rev-parse', 'HEAD^{tree}'], root, env),
    output(
      'git',
      [...gitSettings, 'for-each-ref', '--format=%(refname) %(objectname)', '--', 'refs/conduct'],
      root,
      env,
    ),
    nodeVersion(root, env),
    scoreDigest(root, env),
  ])
  const emptied = Object.fromEntries(
    Object.keys(env)
      .filter(isMarksVariable)
      .map((name) => [name, '']),
  )
  return {
    ...emptied,
    ...marksOf(marks),
    [hashVariables.head]: head,
    [hashVariables.machine]: `${type()} ${arch()}`,
    [hashVariables.node]: node,
    [hashVariables.score]: score,
  }
}

/** Nx calls this before it computes the hash of any task, and takes the variables that it sets into its own environment. */
export const preTasksExecution: PreTasksExecution = async (_options, { workspaceRoot }) => {
  Object.assign(process.env, await readHashVariables({ root: workspaceRoot, env: process.env }))
}

function marksOf(refs: string): Record<string, string> {
  const bySpec = new Map<string, string[]>()
  for (const line of refs.split('\n')) {
    const spec = specOfMark(line)
    if (spec !== undefined) bySpec.set(spec, [...(bySpec.get(spec) ?? []), line])
  }
  return Object.fromEntries([...bySpec].map(([spec, lines]) => [marksVariable(spec), digest(lines.join('\n'))]))
}

/** The `node` that commands find is mostly the one that runs this. */
async function nodeVersion(root: string, env: Environment): Promise<string> {
  const found = (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'node'))
    .find(isExecutable)
  if (found !== undefined && realpathSync(found) === realpathSync(process.execPath)) return process.version
  return output('node', ['--version'], root, env)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function scoreDigest(root: string, env: Environment): Promise<string> {
  const file = env['NX_CONDUCT_REHEARSAL'] ?? ''
  if (file === '') return 'none'
  return readFile(join(root, file)).then(digest, () => 'none')
}

function digest(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

/** What a program prints, with the few variables that it needs and no secret; `unknown` when it cannot be had. */
function output(program: string, args: readonly string[], cwd: string, env: Environment): Promise<string> {
  return new Promise((resolve) => {
    const few = Object.fromEntries(passed.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
    const child = spawn(program, args, {
      cwd,
      env: { ...few, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    child.once('error', () => resolve('unknown'))
    child.once('close', (code) => resolve(code === 0 ? text.trim() : 'unknown'))
  })
}
