/** Programs of npm that need a newer Node, in a folder of their own. */
import { emptyFolder, personEnvironment, typeIn } from '../../rig/packed.mjs'

/** Installs packages and Node 22. Returns where they are, and a way to run them. */
export function withNode22(name, packages) {
  const { folder, remove } = emptyFolder(`mcp-${name}`)
  const place = typeIn(folder, personEnvironment())
  place.write({ 'package.json': { name, private: true } })
  // `node` brings its program in a script of its own.
  place.must('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', 'node@22', ...packages])
  const node = `${folder}/node_modules/node/bin/node`
  return { ...place, node, remove, bin: (file) => `${folder}/node_modules/${file}` }
}
