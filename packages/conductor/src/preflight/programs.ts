import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import type { Phase, Plan } from '@nx-conduct/spec'
import type { RunContext } from '../run/context.ts'
import type { Finding } from './finding.ts'
import { programsNamed } from './programs-named.ts'

/** Whether the programs of the spec's commands are on the path that these commands see. `phases`: those that would be built. */
export async function checkPrograms(
  { plan, commands }: Pick<RunContext, 'plan' | 'commands'>,
  phases: readonly Phase[],
): Promise<readonly Finding[]> {
  const users = new Map<string, string>()
  for (const { of, command } of commandsOf(plan, phases)) {
    for (const program of programsNamed(command)) if (!users.has(program)) users.set(program, of)
  }
  const missing: Finding[] = []
  for (const [program, of] of users) {
    if (await isOnPath(program, commands.env['PATH'])) continue
    const message = `${of} starts \`${program}\`, and there is no such program on the PATH`
    missing.push(
      plan.settings.setup === undefined
        ? {
            check: 'programs',
            severity: 'error',
            message,
            hint: `Install ${program}, or add a \`setup:\` that does to the spec's front matter`,
          }
        : { check: 'programs', severity: 'warning', message, hint: `Install ${program}, unless \`setup:\` does` },
    )
  }
  if (missing.length > 0 || users.size === 0) return missing
  return [{ check: 'programs', severity: 'ok', message: `on the PATH: ${[...users.keys()].join(', ')}` }]
}

function commandsOf(
  { settings }: Plan,
  phases: readonly Phase[],
): readonly { readonly of: string; readonly command: string }[] {
  const ofPhases = phases.flatMap(({ id, testCommands, criteria }) => [
    ...testCommands.map(({ command }) => ({ of: `the test command of phase ${id}`, command })),
    ...criteria.flatMap((criterion) =>
      criterion.kind === 'command' ? [{ of: `a criterion of phase ${id}`, command: criterion.command }] : [],
    ),
  ])
  return [
    ...(settings.setup === undefined ? [] : [{ of: '`setup:`', command: settings.setup }]),
    ...(settings.lint === undefined || settings.lint === 'none'
      ? []
      : [{ of: '`lint:`', command: settings.lint.command }]),
    ...settings.gates.map(({ name, command }) => ({ of: `the gate ${name}`, command })),
    ...ofPhases,
  ]
}

/** Whether a program is found under its name. `path`: a PATH; entries that are no absolute folders depend on where a command runs. */
export async function isOnPath(program: string, path: string | undefined): Promise<boolean> {
  for (const folder of (path ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return true
  }
  return false
}
