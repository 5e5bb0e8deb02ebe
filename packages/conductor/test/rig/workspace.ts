import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { loadPlan, type Progress, type RunContext } from '../../src/index.ts'
import { Agents, type Scripts } from './agents.ts'
import { type ConductOptions, Conductor, type ConductPlace, type Ended, openAt } from './conductor.ts'
import { tasksOf } from './tasks.ts'

const run = promisify(execFile)

export interface WorkspaceOptions {
  readonly spec: string
  readonly files?: Readonly<Record<string, string>>
  readonly agents?: Scripts
  /** Where the workspace is in its repository, e.g. `apps/shop`; at the top by default. */
  readonly folder?: string
  readonly specFile?: string
}

/** A user's workspace in a real repository, and agents that play scripts in it. */
export class Workspace implements ConductPlace {
  /** Top of the repository's working tree. */
  readonly top: string
  readonly root: string
  /** Where its runs put their worktrees. */
  readonly home: string
  readonly specFile: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly agents: Agents
  /** Reported to contexts that `open` made. */
  readonly said: Progress[] = []
  readonly #ground: string
  readonly #folder: string
  readonly #contexts: RunContext[] = []

  private constructor(at: {
    readonly ground: string
    readonly name: string
    readonly folder: string
    readonly home: string
    readonly specFile: string
    readonly agents: Agents
  }) {
    this.#ground = at.ground
    this.#folder = at.folder
    this.top = join(at.ground, at.name)
    this.root = join(this.top, at.folder)
    this.home = at.home
    this.specFile = at.specFile
    this.agents = at.agents
    this.env = { ...plainEnvironment(at.home), PATH: `${at.agents.folder}:${process.env['PATH'] ?? ''}` }
  }

  /** Makes a repository with a committed spec. */
  static async with({
    spec,
    files = {},
    agents = {},
    folder = '',
    specFile = '.spec/SPEC.md',
  }: WorkspaceOptions): Promise<Workspace> {
    // In memory where there is such a place: a run spends half its time waiting for a disk.
    const ground = await realpath(await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'conductor-')))
    const workspace = new Workspace({
      ground,
      name: 'workspace',
      folder,
      home: join(ground, 'home'),
      specFile,
      agents: await Agents.in(join(ground, 'agents'), agents),
    })
    await mkdir(workspace.root, { recursive: true })
    await workspace.git('init', '--quiet', '--initial-branch=main', '--template=')
    await workspace.#identify()
    await workspace.commit({ [specFile]: spec, ...files })
    return workspace
  }

  async #identify(): Promise<void> {
    await appendFile(join(this.top, '.git/config'), '[user]\n\tname = Person\n\temail = person@example.com\n')
  }

  /** Another clone of this workspace's repository, or of a remote both share, with agents of its own where scripts are given. */
  async clone(name: string, { from = this.top, agents }: { from?: string; agents?: Scripts } = {}): Promise<Workspace> {
    const other = new Workspace({
      ground: this.#ground,
      name,
      folder: this.#folder,
      home: join(this.#ground, `${name}-home`),
      specFile: this.specFile,
      agents: agents === undefined ? this.agents : await Agents.in(join(this.#ground, `${name}-agents`), agents),
    })
    await run('git', ['clone', '--quiet', from, other.top])
    await other.#identify()
    return other
  }

  /** A second working tree of this repository on a branch of its own, at HEAD. */
  async worktree(name: string, branch: string): Promise<Workspace> {
    const other = new Workspace({
      ground: this.#ground,
      name,
      folder: this.#folder,
      home: this.home,
      specFile: this.specFile,
      agents: this.agents,
    })
    await this.git('worktree', 'add', '--quiet', '-b', branch, other.top)
    return other
  }

  /** Another spec or another workspace in the same working tree. */
  beside({ folder = this.#folder, specFile = this.specFile }: { folder?: string; specFile?: string }): Workspace {
    return new Workspace({
      ground: this.#ground,
      name: relative(this.#ground, this.top),
      folder,
      home: this.home,
      specFile,
      agents: this.agents,
    })
  }

  /** A bare repository that this one has as `origin`. */
  async share(): Promise<string> {
    const remote = join(this.#ground, 'remote.git')
    await run('git', ['clone', '--quiet', '--bare', this.top, remote])
    await this.git('remote', 'add', 'origin', remote)
    return remote
  }

  /** Brings another workspace's artifacts here, as Nx's cache would. */
  async takeArtifacts(from: Workspace): Promise<void> {
    await rm(join(this.root, '.conduct'), { recursive: true, force: true })
    await cp(join(from.root, '.conduct'), join(this.root, '.conduct'), { recursive: true })
  }

  /** Puts the branch back to where it started and forgets the run log: a fresh clone into which a cache brought the artifacts. */
  async startOver(): Promise<void> {
    await this.git('reset', '--quiet', '--hard', await this.git('rev-list', '--max-parents=0', 'HEAD'))
    await this.forgetLog()
  }

  /** Forgets the run log and all refs of ours. */
  async forgetLog(): Promise<void> {
    for (const ref of await this.refs('refs/conduct')) await this.git('update-ref', '-d', ref)
  }

  async refs(below: string): Promise<readonly string[]> {
    return (await this.git('for-each-ref', '--format=%(refname)', below)).split('\n').filter(Boolean)
  }

  async git(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('git', args, { cwd: this.top, env: gitEnvironment(), maxBuffer: 2 ** 26 })
    return stdout.trim()
  }

  /** Runs a command line as a person does, at the top of the working tree. */
  async shell(command: string): Promise<void> {
    await run('sh', ['-c', command], { cwd: this.top, env: gitEnvironment() })
  }

  /** Writes files, by paths from the workspace's root. */
  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(this.root, dirname(path)), { recursive: true })
      await writeFile(join(this.root, path), text)
    }
  }

  /** Commits files, and whatever else is there. */
  async commit(files: Readonly<Record<string, string>>): Promise<string> {
    await this.write(files)
    await this.git('add', '--all')
    await this.git('commit', '--quiet', '--message', 'Work')
    return this.git('rev-parse', 'HEAD')
  }

  read(path: string): Promise<string> {
    return readFile(join(this.root, path), 'utf8')
  }

  /** Starts a conductor; several may run at once. */
  start(options: ConductOptions = {}): Conductor {
    return new Conductor(this, options)
  }

  /** Conducts the plan, or some of its tasks, to the end. */
  conduct(options: ConductOptions = {}): Promise<Ended> {
    return this.start(options).ended
  }

  /** Conducts each task in a context of its own, in order, as Nx Cloud's machines would. */
  async conductEach(
    options: ConductOptions = {},
    between: () => Promise<unknown> = async () => undefined,
  ): Promise<readonly Ended[]> {
    const { plan } = await loadPlan(this.root, this.specFile)
    const ends: Ended[] = []
    for (const { id } of tasksOf(plan)) {
      ends.push(await this.conduct({ ...options, only: (other) => other === id }))
      await between()
    }
    return ends
  }

  /** A context as a step gets it. `remove` closes it. */
  async open(options: ConductOptions = {}): Promise<RunContext> {
    const context = await openAt(this, options, new AbortController().signal, (progress) => this.said.push(progress))
    this.#contexts.push(context)
    return context
  }

  /** Makes the worktrees and unrecorded sessions that this process left those of a process that is gone. */
  async disown(): Promise<void> {
    const dead = spawnSync('true').pid
    const registry = join(this.top, '.git/worktrees')
    const { folder } = (await this.open()).checkouts
    const files = [
      ...(await readdir(registry)).map((name) => join(registry, name, 'locked')),
      ...(await readdir(folder)).filter((name) => name.endsWith('.session.json')).map((name) => join(folder, name)),
    ]
    for (const file of files) {
      const text = await readFile(file, 'utf8')
      const mine = `"pid":${process.pid}`
      if (!text.includes(mine)) throw new Error(`${file} names no process: ${text.slice(0, 200)}`)
      await writeFile(file, text.replaceAll(mine, `"pid":${dead}`))
    }
  }

  /** Removes everything, clones and worktrees included. */
  async remove(): Promise<void> {
    for (const context of this.#contexts) await context.close()
    await rm(this.#ground, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** This process's environment without what would steer a run. */
function plainEnvironment(home: string): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(NX_|GIT_|VITEST|REDIS_URL|ANTHROPIC_)/.test(name))
  return { ...Object.fromEntries(kept), NX_CONDUCT_HOME: home }
}

function gitEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')))
}
