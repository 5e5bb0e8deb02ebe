import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutorContext } from '@nx/devkit'
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing'
import { compile } from '@nx-conduct/spec'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from '../src/cli/main.ts'
import lint from '../src/executors/lint.ts'
import spec from '../src/generators/spec.ts'
import { specProjects } from '../src/graph/projects.ts'
import { executorOf } from '../src/run/surroundings.ts'
import { terminalOutput } from '../src/run/terminal-output.ts'
import { noProjects } from './no-projects.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-conduct-terminal-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

const steers = ['\u001b[2J', '\u001b]8;;x\u0007', '\u009b31m', '\u202e', '\u200b', '\u007f', '\b', '\r', '\u0000']
const title = `Parser${steers.join('x')}`
const hostile = `# ${title}\n\n## Phases\n\n### Phase 1: ${title}\n\nModules: a\u001b[8mb\nTest Command: true \u202e\nDepends On: Phase \u009b9\n`

/** Control characters but line feed and tab, and marks of direction. */
function steering(text: string): readonly string[] {
  return [...text].filter((one) => one !== '\n' && one !== '\t' && /[\p{Cc}\p{Cf}\p{Cs}]/u.test(one))
}

/** What a terminal gets to see of a command's output that arrives in these chunks. */
function shown(chunks: readonly string[]): string {
  let text = ''
  const output = terminalOutput((part) => {
    text += part
  })
  for (const chunk of chunks) output.write(chunk)
  output.end()
  return text
}

function withoutColours(text: string): string {
  const [start] = '\u001b'
  return text.replaceAll(new RegExp(`${start}\\[[0-9;:]{0,32}m`, 'g'), '')
}

describe("a command's output", () => {
  it('keeps its colours and nothing else that a terminal obeys', () => {
    const red = '\u001b[1;31mred\u001b[0m'
    expect(shown([`${red} \u001b[2J \u001b]0;title\u0007 \u001b[10A ok\r\n50%\rdone`])).toBe(
      `${red} \\x1b[2J \\x1b]0;title\\x07 \\x1b[10A ok\n50%\\x0ddone`,
    )
  })

  it('does not leave a colour on', () => {
    expect(shown(['\u001b[31mred'])).toBe('\u001b[31mred\u001b[0m')
    expect(shown(['\u001b[31mred\u001b[m'])).toBe('\u001b[31mred\u001b[m')
  })

  it('is the same in chunks of any size, and steers nothing', () => {
    const part = fc.oneof(
      fc.constantFrom(
        ...steers,
        '\u001b[31m',
        '\u001b[38;5;1m',
        '\u001b',
        '[0m',
        '\r',
        '\n',
        '\ud83d',
        '\ude00',
        '👩‍💻',
        '⚠️',
      ),
      fc.string({ unit: 'binary' }),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const whole = shown([parts.join('')])
        expect(shown(parts)).toBe(whole)
        expect(shown([...parts.join('')].flatMap((one) => one.split('')))).toBe(whole)
        expect(steering(withoutColours(whole).replaceAll('\u200d', ''))).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })

  it('holds nothing back but what may be a beginning', () => {
    const seen: string[] = []
    const output = terminalOutput((part) => seen.push(part))
    output.write('compiling… \u001b[3')
    expect(seen).toEqual(['compiling… '])
  })
})

describe('what people see of a hostile spec', () => {
  it.each([[], ['--mermaid'], ['--dot'], ['--json']])('compile %s', async (...flags) => {
    writeFileSync(join(folder, 'SPEC.md'), hostile)
    let said = ''
    const stream = { write: (text: string) => (said += text) }
    await main(['compile', 'SPEC.md', ...flags], { stdout: stream, stderr: stream, env: {}, cwd: () => folder })
    expect(said.length).toBeGreaterThan(50)
    expect(steering(said)).toEqual([])
  })

  it('names of files, commands and flags that steer', async () => {
    for (const args of [['compile', '\u001b[2J.md'], ['\u001b[2J'], ['--\u001b[2J'], ['compile', '\u202e']]) {
      let said = ''
      const stream = { write: (text: string) => (said += text) }
      await main(args, { stdout: stream, stderr: stream, env: {}, cwd: () => folder })
      expect(said).toMatch(/\\x1b|\\u202e/)
      expect(steering(said)).toEqual([])
    }
  })

  it('lint, as text and as JSON', async () => {
    writeFileSync(join(folder, 'SPEC.md'), hostile)
    for (const json of [false, true]) {
      let said = ''
      vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
        said += String(text)
        return true
      })
      await lint({ spec: 'SPEC.md', json }, contextIn(folder))
      vi.restoreAllMocks()
      expect(said).toContain(json ? '\\u001b' : '\\x1b')
      expect(steering(said)).toEqual([])
    }
  })

  it('every line of a run', () => {
    let said = ''
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      said += String(text)
      return true
    })
    executorOf(contextIn(folder), new AbortController().signal).print(title)
    vi.restoreAllMocks()
    expect(said).toContain('\\x1b[2J')
    expect(steering(said)).toEqual([])
  })

  it('no line of a run shows a secret, not even the reason why there is none', () => {
    vi.stubEnv('REDIS_URL', 'redis://:p/a@ss/word@host')
    vi.stubEnv('APP_PASSWD', 'kettle-of-fish')
    let said = ''
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      said += String(text)
      return true
    })
    const { print } = executorOf(contextIn(folder), new AbortController().signal)
    print('redis://:p/a@ss/word@host cannot be used: WRONGPASS p/a@ss/word; kettle-of-fish')
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
    expect(said).toBe('redis://:[redacted]@host cannot be used: WRONGPASS [redacted]; [redacted]\n')
  })

  it("descriptions in Nx's graph", () => {
    expect(steering(JSON.stringify(specProjects(compile(hostile), '.spec/SPEC.md', '.spec', noProjects)))).toEqual([])
    const plan = { ...compile(hostile), title }
    const [project] = Object.values(specProjects(plan, '.spec/SPEC.md', '.spec', noProjects))
    expect(steering(project?.metadata?.description ?? '\u0000')).toEqual([])
  })

  it("a generator's words", async () => {
    const tree = createTreeWithEmptyWorkspace()
    await spec(tree, { directory: 'a\u001b[2J' })
    await expect(spec(tree, { directory: 'a\u001b[2J' })).rejects.toThrow('a\\x1b[2J/.spec/SPEC.md')
  })
})

function contextIn(root: string): ExecutorContext {
  return {
    root,
    cwd: root,
    isVerbose: false,
    projectsConfigurations: { version: 2, projects: {} },
    nxJsonConfiguration: {},
    projectGraph: { nodes: {}, dependencies: {} },
  }
}
