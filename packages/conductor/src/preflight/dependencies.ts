import type { Phase } from '@nx-conduct/spec'
import { installs } from '../dependencies/not-installed.ts'
import { inFolder, type Lockfile, lockfilesIn } from '../dependencies/package-managers.ts'
import type { RunContext } from '../run/context.ts'
import type { Finding } from './finding.ts'
import { programsNamed } from './programs-named.ts'

/** Programs that find what they start among installed packages, by the language of the lockfile. */
const runners: Partial<Record<Lockfile['manager']['language'], RegExp>> = {
  node: /^(?:npx|npm|pnpm|yarn|bunx?|nx|vitest|jest|mocha|tsc|eslint|playwright)$/,
  python: /^(?:pytest|poetry|pdm|pipenv|uv|tox|nox|mypy)$/,
  ruby: /^(?:bundle|rspec|rake)$/,
  php: /^(?:composer|phpunit)$/,
  elixir: /^mix$/,
}

/** Whether something installs the packages that the phases' test commands need: a checkout has what is committed, and nothing else. */
export async function checkDependencies(
  { plan, workspace, run }: Pick<RunContext, 'plan' | 'workspace' | 'run'>,
  phases: readonly Phase[],
): Promise<readonly Finding[]> {
  const { setup } = plan.settings
  if (setup !== undefined)
    return [{ check: 'dependencies', severity: 'ok', message: `\`${setup}\` installs them, once per lockfile` }]
  for (const lockfile of await lockfilesIn(workspace, run.base.tree)) {
    const { path, manager } = lockfile
    const runner = runners[manager.language]
    if (manager.install === undefined || runner === undefined) continue
    for (const { id, testCommands } of phases) {
      const user = testCommands.find(
        ({ command }) => !installs.test(command) && programsNamed(command).some((program) => runner.test(program)),
      )
      if (user === undefined) continue
      return [
        {
          check: 'dependencies',
          severity: 'warning',
          message: `nothing installs what ${path} asks for, and the test command of phase ${id} (\`${user.command}\`) may need it`,
          hint: `If it does, add this line to the front matter of ${workspace.specFile} and commit it: setup: ${inFolder(lockfile, manager.install)}`,
        },
      ]
    }
  }
  return []
}
