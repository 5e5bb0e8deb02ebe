import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Conduct, openConduct, type Progress } from '../src/index.ts'

const run = promisify(execFile)

/** A user's repository with a spec, and what was reported to the person. */
export class Workspace {
  readonly root: string
  readonly said: Progress[] = []
  readonly #top: string
  readonly #open: Conduct[] = []

  private constructor(top: string) {
    this.#top = top
    this.root = join(top, 'workspace')
  }

  static async with(files: Readonly<Record<string, string>>): Promise<Workspace> {
    const workspace = new Workspace(await mkdtemp(join(tmpdir(), 'conductor-')))
    await mkdir(workspace.root)
    await workspace.git('init', '--quiet', '--initial-branch=main')
    await workspace.git('config', 'user.name', 'Person')
    await workspace.git('config', 'user.email', 'person@example.com')
    await workspace.commit(files)
    return workspace
  }

  async git(...args: readonly string[]): Promise<string> {
    return (await run('git', args, { cwd: this.root })).stdout.trim()
  }

  async commit(files: Readonly<Record<string, string>>): Promise<string> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(this.root, dirname(path)), { recursive: true })
      await writeFile(join(this.root, path), text)
    }
    await this.git('add', '--all')
    await this.git('commit', '--quiet', '--message', 'Work')
    return this.git('rev-parse', 'HEAD')
  }

  async conduct(): Promise<Conduct> {
    const conduct = await openConduct({
      root: this.root,
      specFile: '.spec/SPEC.md',
      env: { ...process.env, NX_CONDUCT_HOME: join(this.#top, 'home') },
      clock: { now: () => new Date(), monotonicMs: () => performance.now() },
      signal: new AbortController().signal,
      report: (progress) => this.said.push(progress),
    })
    this.#open.push(conduct)
    return conduct
  }

  async remove(): Promise<void> {
    for (const conduct of this.#open) await conduct.close()
    await rm(this.#top, { recursive: true, force: true })
  }
}

/** A spec of phases `Phase N: title`, each with what stands below its heading. */
export function specOf(...phases: readonly (readonly [title: string, ...lines: string[]])[]): string {
  const sections = phases.map(([title, ...lines], index) => `### Phase ${index + 1}: ${title}\n${lines.join('\n')}\n`)
  return `## Implementation Phases\n\n${sections.join('\n')}`
}
