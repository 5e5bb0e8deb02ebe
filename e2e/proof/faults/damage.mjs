import { chmod, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { currentHolder, openRunLog } from '@nx-conduct/store'
import { execa } from 'execa'

const both = ['git', 'redis']
const midway = 'after-step.accepted:2/implement/twice#1'
const log = 'refs/conduct/spec/log'

/** Path of a loose object, made writable. */
async function looseObject({ gitDir }, oid) {
  const file = join(gitDir, 'objects', oid.slice(0, 2), oid.slice(2))
  await chmod(file, 0o644)
  return file
}

/** The run was killed; then `harm` comes upon the repository, and the run has to go on, loudly. */
function damaged(name, harm) {
  return {
    name,
    stores: both,
    async prove(stage) {
      await stage.open()
      await stage.killedAt(midway)
      await harm(stage.workspace)
      const run = await stage.resumes()
      stage.says(run, told)
      await stage.holds()
    },
  }
}

async function flipBytes(file) {
  const bytes = await readFile(file)
  const middle = Math.floor(bytes.length / 2)
  bytes.fill(bytes[middle] ^ 0xff, middle, middle + 3)
  await writeFile(file, bytes)
}

/** Puts an entry on the log as another version of nx-conduct would write it. */
async function appendForeign({ git, root }, { change = {}, state }) {
  const feed = async (input, ...args) => (await execa('git', args, { cwd: root, input })).stdout
  const blob = (value) => feed(JSON.stringify(value), 'hash-object', '-w', '--stdin')
  const last = JSON.parse(await git('show', `${log}:event.json`))
  const seq = last.seq + 1
  const body = { type: 'notice', code: 'foreign', message: 'of another version' }
  const event = { version: 2, seq, at: last.at, operationId: 'foreign', writer: last.writer, body, ...change }
  const files = [`100644 blob ${await blob(event)}\tevent.json\n`]
  const trailers = [`Conduct-Log: spec\nConduct-Seq: ${seq}\nConduct-First: no\n`]
  if (state) {
    files.push(`100644 blob ${await blob({ ...state, seq })}\tstate.json\n`)
    trailers.push(`Conduct-State: ${seq} self\n`)
  }
  const tree = await feed(files.join(''), 'mktree')
  const message = `${seq} foreign\n\n${trailers.join('')}`
  const ours = ['-c', 'user.name=nx-conduct', '-c', 'user.email=nx-conduct@localhost']
  await git('update-ref', log, await feed(message, ...ours, 'commit-tree', tree, '-p', log))
}

/** Lengthens the log of a killed run, as another process may, until its newest entry holds a snapshot. */
async function lengthen({ gitDir, git }) {
  const holder = currentHolder()
  const other = await openRunLog({ commonDir: gitDir, spec: 'spec', holder, now: () => new Date(), onNotice() {} })
  try {
    for (let number = 1; number <= 20; number += 1) {
      const body = { type: 'notice', code: 'long', message: `${number} ${'a long notice '.repeat(1_000)}` }
      const { kind } = await other.append({ operationId: `long notice ${number}`, body })
      if (kind !== 'recorded') throw new Error(`the log was not lengthened: ${kind}`)
      if ((await git('ls-tree', '--name-only', log)).includes('state.json')) return
    }
  } finally {
    await other.close()
  }
  throw new Error('the log has no snapshot')
}

/** The object id of the snapshot that the newest entry is read from. */
async function newestSnapshot({ git }) {
  const [, commit] = /^Conduct-State: \d+ ([0-9a-f]{40})$/m.exec(await git('show', '-s', '--format=%B', log)) ?? []
  if (commit === undefined) throw new Error('the newest entry stands on no snapshot')
  return git('rev-parse', `${commit}:state.json`)
}

/**
 * A run was killed whose log has a snapshot and events after it; then `harm` comes upon the snapshot. The run goes on
 * from the events, says so, and writes another snapshot, so that a later run finds nothing wrong.
 */
function damagedSnapshot(name, harm) {
  return {
    name,
    stores: both,
    async prove(stage) {
      await stage.open()
      await stage.killedAt('after-step.accepted:1/test#1')
      await lengthen(stage.workspace)
      await stage.killedAt(midway)
      await harm(stage.workspace, await newestSnapshot(stage.workspace))
      const run = await stage.resumes()
      stage.says(run, /a snapshot of the run log is damaged; all of its \d+ events are whole.*\[log-damaged\]/)
      await stage.holds()
      const again = await stage.resumes()
      stage.expect(!again.output().includes('[log-damaged]'), 'the log is still damaged after the run')
      if (stage.redis) await stage.mirrors()
    },
  }
}

const told = /the run log is damaged at .*it goes on from event \d+, the last valid one.*\[log-damaged\]/s

export const rows = [
  damaged("power loss: the log's newest commit is empty", async (workspace) =>
    truncate(await looseObject(workspace, await workspace.git('rev-parse', log)), 0),
  ),
  damaged("power loss: the log's newest event is empty", async (workspace) =>
    truncate(await looseObject(workspace, await workspace.git('rev-parse', `${log}:event.json`)), 0),
  ),
  damaged("power loss: the log's ref is empty", ({ gitDir }) => truncate(join(gitDir, log), 0)),
  damaged('flipped bytes in an event in the middle of the log', async (workspace) =>
    flipBytes(await looseObject(workspace, await workspace.git('rev-parse', `${log}~9:event.json`))),
  ),
  damaged('an event of a version that is not known', (workspace) =>
    appendForeign(workspace, { change: { version: 3 } }),
  ),
  damagedSnapshot('flipped bytes in the snapshot of the log', async (workspace, blob) =>
    flipBytes(await looseObject(workspace, blob)),
  ),
  damagedSnapshot('power loss: the snapshot of the log is empty', async (workspace, blob) =>
    truncate(await looseObject(workspace, blob), 0),
  ),
  damagedSnapshot('a snapshot of a version that is not known', async (workspace, blob) =>
    appendForeign(workspace, { state: { ...JSON.parse(await workspace.git('cat-file', 'blob', blob)), version: 3 } }),
  ),
]
