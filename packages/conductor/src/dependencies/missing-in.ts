import { isBuiltin } from 'node:module'

/** What a command's output says is missing. `all`: nothing at all is installed, says the package manager itself. */
export interface Missing {
  readonly language: 'node' | 'python'
  readonly kind: 'package' | 'program' | 'all'
  /** Name of the package or program; empty for `all`. */
  readonly name: string
}

const nodeModules = [
  // node, CommonJS, and TypeScript (TS2307)
  /Cannot find module '([^'\n]+)'/g,
  // node, ES modules
  /Cannot find package '([^'\n]+)'/g,
  // Vite and Vitest
  /Failed to resolve import "([^"\n]+)"/g,
  // TypeScript (TS2688)
  /Cannot find type definition file for '([^'\n]+)'/g,
]

const pythonModules = [/No module named '?([A-Za-z_][\w.]*)'?/g]

const programs = [
  // dash, busybox and bash
  /^(?:\S*sh): (?:line )?(?:\d+: )?([\w@.+-]+): (?:command )?not found$/gm,
  // zsh, yarn
  /command not found: ([\w@.+-]+)/g,
  // pnpm, yarn 1
  /\bCommand "([\w@.+-]+)" not found/g,
]

/** Said by package managers and Nx where nothing was ever installed. */
const nothingInstalled = [
  /but node_modules missing, did you mean to install/,
  /doesn't seem to have been installed - running an install there might help/,
  /Have you run npm\/yarn install/,
]

/** Reads what is missing in a command's output. What names a file of a project (`./x`, `/x`) is left out. */
export function missingIn(output: string): readonly Missing[] {
  const of = (language: Missing['language'], kind: Missing['kind'], names: readonly string[]) =>
    [...new Set(names)].filter((name) => name !== '').map((name): Missing => ({ language, kind, name }))
  const called = all(output, programs)
  return [
    ...(nothingInstalled.some((saying) => saying.test(output))
      ? [{ language: 'node', kind: 'all', name: '' } as const]
      : []),
    ...of('node', 'package', all(output, nodeModules).map(packageOf)),
    ...of('node', 'program', [...called, ...canceledIn(output)]),
    ...of(
      'python',
      'package',
      all(output, pythonModules).map((name) => name.split('.', 1)[0] ?? ''),
    ),
    ...of('python', 'program', called),
  ]
}

function all(output: string, patterns: readonly RegExp[]): readonly string[] {
  return patterns.flatMap((pattern) => [...output.matchAll(pattern)].map(([, name]) => name ?? ''))
}

/** `npx canceled due to missing packages and no YES option: ["vitest@4.1.12"]` */
function canceledIn(output: string): readonly string[] {
  const lists = [...output.matchAll(/npx canceled due to missing packages[^[\n]*\[([^\]\n]*)\]/g)]
  return lists.flatMap(([, list = '']) =>
    [...list.matchAll(/"((?:@[^"@]+)?[^"@]+)(?:@[^"]*)?"/g)].map(([, name]) => name ?? ''),
  )
}

/** The package that a specifier names; empty for a file of a project and for what comes with Node. */
function packageOf(specifier: string): string {
  const inside = specifier.lastIndexOf('/node_modules/')
  const bare = inside === -1 ? specifier : specifier.slice(inside + '/node_modules/'.length)
  if (/^[./#~]|^\w+:/.test(bare) || isBuiltin(bare)) return ''
  return bare.split('/', bare.startsWith('@') ? 2 : 1).join('/')
}
