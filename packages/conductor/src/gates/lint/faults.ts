import { posix } from 'node:path'
import type { Oid } from '@nx-conduct/git'
import { inFolder, type Lockfile, lockfilesIn } from '../../dependencies/package-managers.ts'
import { duration } from '../../views/text/figures.ts'
import type { DerivingContext } from '../derived-command.ts'
import type { EnvironmentFault } from '../environment-fault.ts'
import type { Linter, LintPlace } from './linter.ts'
import { declares } from './program.ts'
import { isWithin, type TreeFiles } from './tree-files.ts'

/** A linter where it runs, in a tree. */
export interface PlacedLinter {
  readonly linter: Linter
  readonly place: LintPlace
  readonly tree: Oid
  readonly files: TreeFiles
}

/** A linter that the project asks for is not there. */
export async function missingLinter(context: DerivingContext, placed: PlacedLinter): Promise<EnvironmentFault> {
  const { linter, place } = placed
  return {
    what: `${linter.name} is not installed, and ${place.configuration} asks for it`,
    next: `${await installing(context, placed)}; ${otherwise(context)}`,
  }
}

/** A linter takes longer than a gate may. */
export function slowLinter(
  context: DerivingContext,
  { linter, place }: PlacedLinter,
  timedOutMs: number,
): EnvironmentFault {
  return {
    what: `${linter.name} did not end within ${duration(timedOutMs)}, and ${place.configuration} asks for it`,
    next: `raise \`testTimeout:\` in the front matter of ${context.workspace.specFile} if it only needs longer; ${otherwise(context)}`,
  }
}

/** A linter prints more than is read, and what is read names no line of the phase. */
export function unreadLinter(context: DerivingContext, { linter }: PlacedLinter): EnvironmentFault {
  return {
    what: `${linter.name} finds so much that its output cannot be read to the end`,
    next: `fix what it finds, or let it ignore that; ${otherwise(context)}`,
  }
}

/** A linter that cannot work, for a reason that the phase did not bring. `why`: one line. */
export function brokenLinter(context: DerivingContext, { linter, place }: PlacedLinter, why: string): EnvironmentFault {
  return {
    what: `${linter.name} cannot work here, and could not before this phase either${why === '' ? '' : `: ${why.slice(0, 200)}`}`,
    next: `fix ${place.configuration} or what it needs, and commit that; ${otherwise(context)}`,
  }
}

function otherwise({ workspace }: DerivingContext): string {
  return `or write \`lint: { command: … }\` with a command of your own, or \`lint: none\`, into the front matter of ${workspace.specFile} and commit it`
}

/** What a person does to have a linter. */
async function installing(context: DerivingContext, { linter, place, tree, files }: PlacedLinter): Promise<string> {
  const { plan, workspace } = context
  const { setup } = plan.settings
  if (linter.from.kind === 'toolchain') return linter.install(await files.text(place.configuration))
  const language = linter.from.kind === 'npm' ? 'node' : 'python'
  const lockfile = (await lockfilesIn(workspace, tree)).findLast(
    ({ folder, manager }) => manager.language === language && isWithin(place.folder, folder),
  )
  const inSetup = (command: string) =>
    `add this line to the front matter of ${workspace.specFile} and commit it: setup: ${command}`
  if (linter.from.kind === 'pypi') {
    const command = addingTo(lockfile, linter.from.package) ?? linter.install('')
    return setup === undefined ? command : `${command}, or have \`setup: ${setup}\` install it`
  }
  const manifest = await declares(files, place.folder, linter.from.package)
  if (manifest === undefined) {
    const at = lockfile ?? { folder: place.folder }
    const command = inFolder(at, addingTo(lockfile, linter.from.package) ?? linter.install(''))
    return `${command}, and commit what that changes`
  }
  if (setup !== undefined) return `\`setup: ${setup}\` does not install what ${manifest} declares: have it do so`
  if (lockfile?.manager.install !== undefined) return inSetup(inFolder(lockfile, lockfile.manager.install))
  const folder = posix.dirname(manifest) === '.' ? '' : posix.dirname(manifest)
  return `commit the lockfile that ${inFolder({ folder }, 'npm install')} makes, and ${inSetup(inFolder({ folder }, 'npm ci'))}`
}

/** How package managers add a package that is for development alone. */
const adding: Readonly<Record<string, string>> = {
  npm: 'npm install --save-dev',
  pnpm: 'pnpm add --save-dev',
  yarn: 'yarn add --dev',
  'yarn 1': 'yarn add --dev',
  bun: 'bun add --dev',
  uv: 'uv add --dev',
  poetry: 'poetry add --group dev',
  pdm: 'pdm add --dev',
  pipenv: 'pipenv install --dev',
}

function addingTo(lockfile: Lockfile | undefined, name: string): string | undefined {
  const command = lockfile === undefined ? undefined : adding[lockfile.manager.name]
  return command === undefined ? undefined : `${command} ${name}`
}
