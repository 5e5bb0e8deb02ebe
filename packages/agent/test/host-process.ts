import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll } from 'vitest'

let compiled = ''

/** Compiles the package once per test file, for processes of their own that use it as published. */
export function compileOnce(): void {
  beforeAll(() => {
    compiled = mkdtempSync(join(tmpdir(), 'nx-conduct-compiled-'))
    writeFileSync(join(compiled, 'package.json'), '{"type":"module"}')
    const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
    symlinkSync(dirname(typescript), join(compiled, 'node_modules'))
    const project = join(import.meta.dirname, '../tsconfig.json')
    execFileSync(process.execPath, [join(typescript, 'bin/tsc'), '-p', project, '--outDir', join(compiled, 'dist')])
  })
  afterAll(() => rmSync(compiled, { recursive: true, force: true }))
}

/** The compiled entry. */
export function compiledIndex(): string {
  return join(compiled, 'dist/index.js')
}

/** Runs a module's text in a process group of its own; what the package exports is there as `agent`. */
export function hostProcess(
  script: string,
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): ChildProcessByStdio<null, Readable, null> {
  const module = `const agent = await import(${JSON.stringify(compiledIndex())})\n${script}`
  return spawn(process.execPath, ['--input-type=module', '-e', module], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Processes whose command line holds the text. Linux; elsewhere none are found. */
export function processesWith(text: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text)
      } catch {
        return false
      }
    })
}

/** Looks until it holds, at most so long; false when it never did. */
export async function until(condition: () => boolean, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return true
}

let unique = 4000

/** A command no other test has: it sleeps for more than an hour. */
export function sleepOfOurOwn(): string {
  return `sleep ${++unique}.${process.pid}`
}
