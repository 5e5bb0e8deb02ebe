import { chmod, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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

/** Puts an entry on the log as a newer nx-conduct would write it. */
async function appendOfTheFuture({ git, root }) {
  const feed = async (input, ...args) => (await execa('git', args, { cwd: root, input })).stdout
  const event = JSON.parse(await git('show', `${log}:event.json`))
  const seq = event.seq + 1
  const next = { ...event, seq, version: 2, operationId: 'of the future' }
  const blob = await feed(JSON.stringify(next), 'hash-object', '-w', '--stdin')
  const tree = await feed(`100644 blob ${blob}\tevent.json\n`, 'mktree')
  const message = `${seq} future\n\nConduct-Log: spec\nConduct-Seq: ${seq}\nConduct-First: no\n`
  await git('update-ref', log, await feed(message, 'commit-tree', tree, '-p', log))
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
  damaged('flipped bytes in an event in the middle of the log', async (workspace) => {
    const file = await looseObject(workspace, await workspace.git('rev-parse', `${log}~9:event.json`))
    const bytes = await readFile(file)
    bytes.fill(bytes[9] ^ 0xff, 9, 12)
    await writeFile(file, bytes)
  }),
  damaged('an event of a version that is not known', appendOfTheFuture),
]
