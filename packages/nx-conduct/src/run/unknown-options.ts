import { printableLine } from '@nx-conduct/spec'

/** What the targets of steps take. A type, so that none is forgotten. */
const known: Readonly<Record<'spec' | 'step' | 'phase' | 'module' | 'digest', true>> = {
  spec: true,
  step: true,
  phase: true,
  module: true,
  digest: true,
}

/**
 * The words for a person who gave a step an option that it does not have; undefined where there is none. Nx itself would stop the
 * process of all steps with a stack trace. `help`: the target without the options, as `spec:conduct`.
 */
export function unknownOptions(options: Readonly<Record<string, unknown>>, help: string): string | undefined {
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(known, name))
  if (unknown.length === 0) return undefined
  const names = unknown.map((name) => (name === '_' ? `"${[options[name]].flat().join(' ')}"` : `--${name}`))
  const spec = help.split(':')[0] ?? 'spec'
  const next = unknown.some((name) => /^dry-?run$/i.test(name))
    ? `See what a run would do, before anything is run: npx nx run ${spec}:plan`
    : `Leave it out. What there is: npx nx run ${help} --help`
  return `✖ ${printableLine(names.join(', '))}: ${unknown.length === 1 ? 'no such option' : 'no such options'}; nothing was run\n  next      ${next}`
}
