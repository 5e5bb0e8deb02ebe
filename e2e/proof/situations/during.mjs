/** What a user does while agents are at work, and what has to hold after it. */

/**
 * The agent `add` is at work; then the user does something, and the agent goes on.
 *
 * @param {(place: object, scene: object) => Promise<void>} act
 * @param {{ open?: object, anyEnd?: boolean, movable?: readonly string[], after?: (scene: object, place: object, ended: object) => Promise<void>, stores?: readonly string[] }} options
 *   `anyEnd`: the run may end well or not
 */
export function during(name, act, { open = {}, movable, after, stores, ...rest } = {}) {
  const end = rest.anyEnd ? {} : { code: 0 }
  return {
    name,
    ...(stores ? { stores } : {}),
    async prove(scene) {
      const place = await scene.open(open)
      const run = await scene.midRun(place)
      await scene.user(place, () => act(place, scene), { movable })
      const ended = await scene.goOn(place, run, end)
      await (after ?? ((scene, place) => scene.holdsResult(place)))(scene, place, ended)
    },
  }
}

/** Each agent worked once, however many runs it took. */
export async function nobodyTwice(scene, place) {
  const sessions = await place.sessions()
  const again = sessions.filter((name, at) => sessions.indexOf(name) !== at)
  scene.expect(again.length === 0, `agents were run again: ${again.join(', ')}`)
}

/** What a run that could not end well leaves is taken up by the next one. */
export async function nextOneEnds(scene, place, branch = 'main') {
  await scene.conducts(place)
  await scene.holdsResult(place, branch)
}
