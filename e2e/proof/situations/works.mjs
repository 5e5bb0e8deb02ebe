/** The usual workspace, changed before the run, which then works. */
export function works(name, prepare, { open = {}, after = async () => {} } = {}) {
  return {
    name,
    async prove(scene) {
      const place = await scene.open({ ...open, prepare: (made) => prepare(made, scene) })
      await scene.conducts(place)
      await scene.holdsResult(place)
      await after(scene, place)
    },
  }
}
