import { objectIn } from '../../run/json-object.ts'

/** Linters that are found by the files that configure them. */
export type LinterName = 'eslint' | 'biome' | 'ruff' | 'flake8' | 'golangci-lint' | 'go vet' | 'clippy'

/** A file that asks for a linter: by its name alone, or by what it holds. */
export interface Configuration {
  readonly linter: LinterName
  readonly name: RegExp
  readonly isOne?: (text: string) => boolean
}

export const eslintFlat: Configuration = { linter: 'eslint', name: /^eslint\.config\.[cm]?[jt]s$/ }

/** What ESLint reads up to version 8, and later only where it is asked to. */
export const eslintrc: readonly Configuration[] = [
  { linter: 'eslint', name: /^\.eslintrc(?:\.(?:c?js|ya?ml|json))?$/ },
  { linter: 'eslint', name: /^package\.json$/, isOne: (text) => objectIn(text)?.['eslintConfig'] !== undefined },
]

export const biomeFiles: readonly Configuration[] = [{ linter: 'biome', name: /^\.?biome\.jsonc?$/ }]

export const ruffFiles: readonly Configuration[] = [
  { linter: 'ruff', name: /^\.?ruff\.toml$/ },
  { linter: 'ruff', name: /^pyproject\.toml$/, isOne: (text) => /^\s*\[+\s*tool\s*\.\s*ruff\s*[\].]/m.test(text) },
]

export const flake8Files: readonly Configuration[] = [
  { linter: 'flake8', name: /^\.flake8$/ },
  { linter: 'flake8', name: /^(?:setup\.cfg|tox\.ini)$/, isOne: (text) => /^\[flake8\]/m.test(text) },
]

export const golangciFiles: readonly Configuration[] = [
  { linter: 'golangci-lint', name: /^\.golangci\.(?:ya?ml|toml|json)$/ },
]

export const goModules: readonly Configuration[] = [{ linter: 'go vet', name: /^go\.mod$/ }]

export const clippyFiles: readonly Configuration[] = [
  { linter: 'clippy', name: /^\.?clippy\.toml$/ },
  {
    linter: 'clippy',
    name: /^Cargo\.toml$/,
    isOne: (text) =>
      /^\s*\[\s*(?:workspace\s*\.\s*)?lints\s*\.\s*clippy\s*[\].]/m.test(text) ||
      /^\s*\[\s*(?:workspace\s*\.\s*)?lints\s*\][^[]*?^\s*clippy\s*[.=]/m.test(text),
  },
]

const all: readonly Configuration[] = [
  eslintFlat,
  ...eslintrc,
  ...biomeFiles,
  ...ruffFiles,
  ...flake8Files,
  ...golangciFiles,
  ...goModules,
  ...clippyFiles,
]

/** Whether a file of this name may configure a linter. */
export function mayConfigure(name: string): boolean {
  return all.some((each) => each.name.test(name))
}

/** The linters that a file of this name asks for with what it holds. */
export function lintersIn(name: string, text: string): readonly LinterName[] {
  return all.filter((each) => each.name.test(name) && (each.isOne?.(text) ?? true)).map(({ linter }) => linter)
}
