import { posix } from 'node:path'
import type { Oid } from '@nx-conduct/git'
import { isObject, objectIn } from '../run/json-object.ts'
import { readWorkspaceFile, type Workspace } from '../run/workspace.ts'
import { distributionsOf, normalized } from './distributions.ts'
import type { Missing } from './missing-in.ts'
import { isInstalled, type Lockfile } from './package-managers.ts'

type Trees = Pick<Workspace, 'prefix' | 'repository' | 'objects'>

/** Programs of packages that are called otherwise. */
const programsOf: Readonly<Record<string, string>> = {
  tsc: 'typescript',
  ng: '@angular/cli',
  nest: '@nestjs/cli',
  playwright: '@playwright/test',
  biome: '@biomejs/biome',
}

/** Tells of what is missing whether a manifest of the tree declares it as somebody else's: then it has to be installed. */
export function declaredIn(
  workspace: Trees,
  tree: Oid,
  lockfile: Lockfile,
): Promise<(missing: Pick<Missing, 'kind' | 'name'>) => boolean> {
  return lockfile.manager.language === 'node' ? inPackageJson(workspace, tree, lockfile) : inPython(workspace, tree)
}

async function inPackageJson(workspace: Trees, tree: Oid, lockfile: Lockfile) {
  const files = await workspace.objects.files(tree)
  const paths = files.filter((path) => posix.basename(path) === 'package.json' && !isInstalled(path))
  const texts = await Promise.all(paths.map((path) => readWorkspaceFile(workspace, tree, path)))
  const manifests = texts.map((text) => objectIn(text ?? '') ?? {})
  const own = new Set(manifests.map(({ name }) => name))
  const declared = new Set(
    manifests
      .flatMap((manifest) => ['dependencies', 'devDependencies', 'optionalDependencies'].map((kind) => manifest[kind]))
      .flatMap((dependencies) => (isObject(dependencies) ? Object.keys(dependencies) : []))
      .filter((name) => !own.has(name)),
  )
  const locked = objectIn((await readWorkspaceFile(workspace, tree, lockfile.path)) ?? '')
  return ({ kind, name }: Pick<Missing, 'kind' | 'name'>) => {
    if (declared.has(name) || (kind === 'package' && declared.has(`@types/${name}`))) return true
    if (kind !== 'program') return false
    const isNamedAlike = [...declared].some((each) => each.split('/').at(-1) === name)
    return isNamedAlike || declared.has(programsOf[name] ?? '') || hasProgram(locked, name)
  }
}

/** Whether a package of a `package-lock.json` brings a program. */
function hasProgram(locked: ReturnType<typeof objectIn>, name: string): boolean {
  const packages = locked?.['packages']
  if (!isObject(packages)) return false
  return Object.entries(packages).some(([path, entry]) => {
    const programs = isObject(entry) && path.includes('node_modules/') ? entry['bin'] : undefined
    return isObject(programs) && Object.hasOwn(programs, name)
  })
}

async function inPython(workspace: Trees, tree: Oid) {
  const files = await workspace.objects.files(tree)
  const paths = files.filter((path) =>
    /(?:^|\/)(?:requirements[^/]*\.txt|pyproject\.toml|Pipfile|setup\.cfg)$/.test(path),
  )
  const texts = await Promise.all(paths.map((path) => readWorkspaceFile(workspace, tree, path)))
  // A name at the start of a line or a string, as all these formats have it.
  const declared = new Set(
    texts
      .flatMap((text) => [...(text ?? '').matchAll(/(?:^|["'])\s*([A-Za-z][\w.-]*)/gm)])
      .map(([, name]) => normalized(name ?? '')),
  )
  const isOwn = (name: string) => files.some((path) => new RegExp(`(?:^|/)${name}(?:\\.py$|/.*\\.py$)`).test(path))
  return ({ name }: Pick<Missing, 'kind' | 'name'>) => {
    if (isOwn(name)) return false
    return distributionsOf(name).some((each) => declared.has(each))
  }
}
