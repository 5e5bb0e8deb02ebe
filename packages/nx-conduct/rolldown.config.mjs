// What Nx loads, each with all that it needs in a few files: Node takes about a millisecond for every module that it loads, and a
// step needs 600 of them. Nx itself stays outside. `tsc` writes the types beside them.
import { readFileSync } from 'node:fs'
import { defineConfig } from 'rolldown'

const pathsIn = (file, kind, keys) =>
  Object.values(JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'))[kind]).flatMap((entry) =>
    keys.flatMap((key) => entry[key]?.split('#')[0] ?? []),
  )

const entries = [
  './dist/index.js',
  './dist/cli/main.js',
  // For the proofs, which start runs without Nx.
  './dist/run/stop.js',
  ...pathsIn('executors.json', 'executors', ['implementation', 'batchImplementation']),
  ...pathsIn('generators.json', 'generators', ['factory']),
].map((path) => path.replace(/^\.\/dist\/|\.js$/g, ''))

export default defineConfig({
  input: Object.fromEntries(entries.map((entry) => [entry, `src/${entry}.ts`])),
  platform: 'node',
  external: [/^nx($|\/)/, /^@nx\//],
  resolve: { conditionNames: ['@nx-conduct/source', 'node', 'import', 'default'] },
  output: { dir: 'dist', cleanDir: true, format: 'esm', chunkFileNames: 'shared/[name]-[hash].js' },
})
