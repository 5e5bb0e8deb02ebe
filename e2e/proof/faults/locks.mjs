import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const both = ['git', 'redis']

async function lock(stage, path) {
  const file = join(stage.workspace.gitDir, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, '')
  return () => rm(file)
}

export const rows = [
  {
    name: 'a ref lock of the run log, left by a killed git',
    stores: both,
    async prove(stage) {
      await stage.open()
      await stage.killedAt('before-step.accepted:2/integrate#1')
      await lock(stage, 'refs/conduct/spec/log.lock')
      const run = await stage.resumes()
      stage.says(run, /removed \S+log\.lock.*\[stale-lock-removed\]/)
      await stage.holds()
    },
  },
  {
    name: "a ref lock of the leases' counter, left by a killed git",
    stores: both,
    async prove(stage) {
      await stage.open()
      await stage.killedAt('after-acquire:3/test#1')
      await lock(stage, 'refs/conduct/spec/fence.lock')
      stage.says(await stage.resumes(), /fence\.lock.*\[stale-lock-removed\]/)
      await stage.holds()
    },
  },
  {
    name: 'a lock of our own refs while another conductor lives is respected',
    stores: ['git'],
    async prove(stage) {
      await stage.open()
      const other = await stage.stoppedAt('after-release:1/implement/base#1')
      const unlock = await lock(stage, 'refs/conduct/spec/log.lock')
      const run = stage.run()
      const { code } = await stage.endOf(run)
      stage.expect(code === 1, `the second conductor ended with ${code}, not 1`)
      stage.says(run, /log\.lock is there, and may belong to process \d+/)
      await unlock()
      other.kill('SIGCONT')
      await stage.ends(other)
      await stage.holds()
    },
  },
  {
    name: 'index.lock of another program when the branch is to move',
    stores: both,
    async prove(stage) {
      const { git } = await stage.open()
      const run = await stage.stoppedAt('before-finalize.started:finalize#1')
      const unlock = await lock(stage, 'index.lock')
      run.kill('SIGCONT')
      await stage.ends(run)
      stage.says(run, /index\.lock is held by another program.*the result is on the branch conduct\/spec/s)
      await unlock()
      stage.expect((await git('rev-parse', 'main')) === stage.before.head, 'main moved under a lock of another program')
      const branch = 'refs/heads/conduct/spec'
      stage.expect(
        (await git('rev-parse', `${branch}^{tree}`)) === stage.expected.tree,
        'the branch holds another tree',
      )
      await git('merge', '--ff-only', '--quiet', 'conduct/spec')
      await git('branch', '--quiet', '--delete', 'conduct/spec')
      await stage.holds({ except: /git:(ORIG_HEAD|logs\/refs\/heads\/conduct)/ })
    },
  },
  {
    name: 'config.lock of another program',
    stores: ['git'],
    async prove(stage) {
      await stage.open()
      const unlock = await lock(stage, 'config.lock')
      await stage.resumes()
      await unlock()
      await stage.holds()
    },
  },
  {
    name: 'packed-refs.lock of a gc that ends in the meantime',
    stores: both,
    async prove(stage) {
      await stage.open()
      const run = await stage.stoppedAt('before-release:1/implement/base#1')
      const unlock = await lock(stage, 'packed-refs.lock')
      run.kill('SIGCONT')
      setTimeout(unlock, 1_500)
      await stage.ends(run)
      await stage.holds()
    },
  },
]
