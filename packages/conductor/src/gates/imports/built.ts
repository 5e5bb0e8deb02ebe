import { basename } from 'node:path/posix'
import { foldersAbove, inFolder, type SourceTree } from './source-tree.ts'

/** Files that say what commands make. */
const recipes = [
  'Makefile',
  'makefile',
  'GNUmakefile',
  'Taskfile.yml',
  'Taskfile.yaml',
  'justfile',
  'buf.gen.yaml',
  'project.json',
  'CMakeLists.txt',
  'meson.build',
  'setup.py',
  'setup.cfg',
  'pyproject.toml',
]

/** Folders of this name are made by tools, whoever says it. */
const byTools = /^(?:dist|build|out|target|coverage|node_modules|\..+)$/

/** The first folder on the way to a path that the tree does not have; undefined where only the file is missing. */
export function missingFolder(tree: SourceTree, path: string): string | undefined {
  return foldersAbove(path)
    .toReversed()
    .find((folder) => !tree.hasFolder(folder))
}

/** Whether a path that the tree does not have is made by a build: it is in a folder for that, or a recipe above it makes it. */
export async function isBuilt(tree: SourceTree, path: string): Promise<boolean> {
  const missing = missingFolder(tree, path)
  if (missing !== undefined && byTools.test(basename(missing))) return true
  for (const folder of foldersAbove(path)) {
    for (const name of tree.namesIn(folder)) {
      if (!recipes.includes(name)) continue
      const text = (await tree.read(inFolder(folder, name))) ?? ''
      if (namesFolder(text, folder, missing) || writesFile(text, path)) return true
    }
  }
  return false
}

/** Whether a text that was written in `folder` names the folder that is missing on the way to a path. */
export function namesFolder(text: string, folder: string, missing: string | undefined): boolean {
  if (missing === undefined || missing.length <= folder.length) return false
  const path = folder === '' ? missing : missing.slice(folder.length + 1)
  for (let at = text.indexOf(path); at !== -1; at = text.indexOf(path, at + 1)) {
    if (!/[\w-]/.test(text[at - 1] ?? ' ') && !/[\w-]/.test(text[at + path.length] ?? ' ')) return true
  }
  return false
}

/** Whether commands in a text write a file: behind an arrow or an option for output, or as what a rule makes. */
export function writesFile(text: string, path: string): boolean {
  const stem = basename(path)
    .replace(/\.\w+$/, '')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const output = `(?:>|-o|--?out[\\w-]*|write[-_]to|version[-_]file)["']?[\\s=:]*["']?[\\w./-]*`
  return new RegExp(`${output}\\b${stem}\\.|^[^\\n:#=\\t]*\\b${stem}\\.\\w+[^\\n:=]*:(?!=)`, 'm').test(text)
}
