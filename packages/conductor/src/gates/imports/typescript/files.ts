import { join } from 'node:path/posix'
import type { SourceTree } from '../source-tree.ts'

const code = ['ts', 'tsx', 'd.ts', 'js', 'jsx', 'mts', 'cts', 'mjs', 'cjs', 'd.mts', 'd.cts']
/** What runtimes, compilers and bundlers add to a path. */
const endings = [
  ...code,
  ...['json', 'vue', 'svelte', 'astro', 'mdx', 'node', 'wasm', 'css', 'scss', 'less', 'graphql', 'gql', 'coffee'],
  ...['es6', 'res.js', 'gen.tsx', 'imba', 'civet'],
]
const platforms = ['ios', 'android', 'native', 'web', 'windows', 'macos', 'client', 'server', 'browser', 'electron']
/** What is compiled to a file of the first ending. */
const sources: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\.js$/, ['.ts', '.tsx', '.d.ts', '.jsx']],
  [/\.jsx$/, ['.tsx', '.ts']],
  [/\.mjs$/, ['.mts', '.d.mts']],
  [/\.cjs$/, ['.cts', '.d.cts']],
  // What is published beside the declarations of it.
  [/\.tsx?$/, ['.d.ts', '.js']],
  [/\.mts$/, ['.d.mts', '.mjs']],
  [/\.cts$/, ['.d.cts', '.cjs']],
  // Declarations of other files: `a.css` is declared in `a.d.css.ts`.
  [/\.(\w+)$/, ['.d.$1.ts']],
]

/** Whether a path leads to a file or a folder with an index, as some runtime, compiler or bundler would find it. */
export function leadsToFile(tree: SourceTree, path: string): boolean {
  const plain = join('/', path).slice(1)
  if (tree.has(plain)) return true
  return (
    sources.some(
      ([ending, others]) => ending.test(plain) && others.some((to) => tree.has(plain.replace(ending, to))),
    ) ||
    endings.some((ending) => tree.has(`${plain}.${ending}`)) ||
    ['package.json', ...endings.map((ending) => `index.${ending}`)].some((name) => tree.has(join(plain, name))) ||
    platforms.some((platform) => code.some((ending) => tree.has(`${plain}.${platform}.${ending}`)))
  )
}
