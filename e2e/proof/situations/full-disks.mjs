import { join } from 'node:path'
import { fill, mounted, sealed } from './disks.mjs'
import { moments } from './moments.mjs'

/**
 * Git cannot write from a moment on; the run ends with a word, and the next one takes up what agents finished. The
 * repository has a file system of its own; worktrees are elsewhere.
 *
 * @param {(options: { scene: object, place: object }) => Promise<object>} reach gives the run, halted at the moment
 * @param {{ finished?: boolean }} options `finished`: agents came to an end, so that none may be run again
 */
function cannotWrite(name, reach, harm, { finished = true } = {}) {
  return {
    name,
    stores: ['git'],
    async prove(scene) {
      const disk = await mounted(scene, 'disk', ['-o', 'size=24m'])
      const elsewhere = (folder) => join(scene.folder, 'elsewhere', folder)
      const place = await scene.open({
        within: join(disk, 'here'),
        home: elsewhere('home'),
        control: elsewhere('control'),
        env: { TMPDIR: scene.folder },
      })
      const run = await reach({ scene, place })
      const undo = await harm({ scene, place, disk })
      run.killGroup('SIGCONT')
      await place.release()
      const ended = await scene.endOf(run)
      await undo()
      scene.expect(ended.code !== 0, 'the run ended with 0')
      scene.says(
        ended,
        /No space left|ENOSPC|disk is full|[Rr]ead-only file system|EROFS|cannot be written|unable to write/,
      )
      await scene.intact(place)
      await scene.conducts(place)
      await scene.holdsResult(place)
      if (!finished) return
      const sessions = await place.sessions()
      const again = sessions.filter((label, at) => sessions.indexOf(label) !== at)
      scene.expect(again.length === 0, `agents were run again: ${again.join(', ')}`)
    },
  }
}

const atWork = ({ scene, place }) => scene.midRun(place)
const stoppedAt =
  (moment) =>
  ({ scene, place }) =>
    scene.stoppedAt(place, moment)
const full = ({ disk }) => fill(disk)
const readOnly = async ({ scene, place }) => sealed(scene, join(place.gitDir, 'objects'))

export const rows = [
  // The transcript is on that disk, too, so agents that are still at work may break down.
  cannotWrite('disk full at a snapshot', atWork, full, { finished: false }),
  cannotWrite('disk full at an append', stoppedAt(moments.append), full),
  cannotWrite('disk full at finalize', stoppedAt(moments.finalize), full),
  cannotWrite('issue 5: objects cannot be written at a snapshot', atWork, readOnly),
  cannotWrite('objects cannot be written at finalize', stoppedAt(moments.finalize), readOnly),
]
