import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { currentHolder, type EventBody, openRunLog } from '@nx-conduct/store'
import { verifyPlan } from '../src/views/verify/verify-plan.ts'

export type Files = Readonly<Record<string, string>>

/** A repository in which a run's log can be written by hand. */
export class Scene {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'conductor-verify-')))
  readonly commonDir = join(this.root, '.git')
  #recorded = 0

  /** A copy of another one, or an empty repository. */
  constructor(like?: Scene) {
    if (like === undefined) {
      this.git(['init', '-q', '-b', 'main'])
    } else cpSync(like.root, this.root, { recursive: true })
  }

  git(args: readonly string[], input = '', by = 'nx-conduct'): string {
    const person = { NAME: by, EMAIL: by === 'nx-conduct' ? 'nx-conduct@localhost' : `${by}@example.org` }
    const env = Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((role) =>
        Object.entries(person).map(([key, value]) => [`GIT_${role}_${key}`, value]),
      ),
    )
    return execFileSync('git', ['-C', this.root, ...args], {
      input,
      encoding: 'utf8',
      env: { ...process.env, ...env, GIT_INDEX_FILE: join(this.commonDir, 'by-hand') },
    }).trim()
  }

  tree(files: Files): string {
    this.git(['read-tree', '--empty'])
    const lines = Object.entries(files).map(
      ([path, text]) => `100644 ${this.git(['hash-object', '-w', '--stdin'], text)}\t${path}\n`,
    )
    this.git(['update-index', '--add', '--index-info'], lines.join(''))
    return this.git(['write-tree'])
  }

  commit(tree: string, parents: readonly string[], message = 'x', by = 'nx-conduct'): string {
    return this.git(['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', message], '', by)
  }

  /** Appends through the store, which refuses what no log may hold. */
  async record(bodies: readonly EventBody[]): Promise<void> {
    const log = await openRunLog({
      commonDir: this.commonDir,
      spec: 'spec',
      holder: await currentHolder(),
      now: () => new Date(),
      onNotice: () => undefined,
    })
    try {
      for (const [index, body] of bodies.entries()) {
        const outcome = await log.append({
          operationId: `operation ${this.#recorded + index}`,
          body,
          commits: commitsOf(body),
        })
        if (outcome.kind !== 'recorded') throw new Error(JSON.stringify(outcome))
      }
      this.#recorded += bodies.length
    } finally {
      await log.close()
    }
  }

  async problems(): Promise<readonly string[]> {
    const { problems } = await verifyPlan(this.commonDir, 'spec')
    return [...new Set(problems.map(({ rule }) => rule))]
  }
}

export function commitsOf(body: EventBody): string[] {
  if (body.type === 'run.opened') return [body.base, body.plan]
  if (body.type === 'step.accepted') return [body.result.commit]
  if (body.type === 'phase.complete') return [body.commit]
  if (body.type === 'run.finalized') return [body.to]
  return []
}
