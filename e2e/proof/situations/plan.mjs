import { session } from '../../rig/small.mjs'

/** What the plan makes, path by path. */
export const made = { 'base/one.txt': 'one\n', 'add/add.txt': 'a + b\n', 'twice/twice.txt': 'a * 2\n' }

const rehearsed = '{ driver: anthropic, model: claude-sonnet-5-5, rehearsal: .spec/score.yaml }'

/**
 * A plan of two phases; the second has two modules, and its agent `add` waits for as long as `hold` exists, so that a
 * person can do something in mid-run.
 *
 * @param {{ agent?: string, settings?: string, title?: string, modules?: boolean, beforeTest?: string }} [options]
 *   `settings`: further front matter; `title`: of phase 1; `modules`: phase 2 has two, else one; `beforeTest`: what
 *   phase 2's test command does first
 */
export function situationSpec({
  agent = rehearsed,
  settings = '',
  title = 'Base',
  modules = true,
  beforeTest = '',
  rounds = 1,
} = {}) {
  return `---
name: spec
agent: ${agent}
review: off
rounds: ${rounds}
${settings === '' ? '' : `${settings}\n`}---
# Numbers

## Overview
A few numbers and their sums.

## Implementation Phases

### Phase 1: ${title}
- Write down the number one
Test Command: grep -q one base/one.txt
Files:
- base/one.txt

### Phase 2: Sums
- Add numbers
${modules ? 'Modules: add (add/**), twice (twice/**)\n' : ''}Test Command: ${beforeTest}grep -q "a + b" add/add.txt && test -f twice/twice.txt
`
}

/** Says that it is there, and waits while the person does something. */
const holding = (control) => `touch '${control}/reached'; while test -e '${control}/hold'; do sleep 0.02; done`

/**
 * The agents' work. Each session leaves a line in `control/sessions`, so that who worked can be counted from outside.
 *
 * @param {{ control: string, commands?: Readonly<Record<string, string>> }} options `commands`: a further shell command
 *   by module (`base`, `add`, `twice`)
 */
export function situationScore({ control, commands = {} }) {
  const work = (phase, module, path) => {
    const label = module ?? 'base'
    const steps = [`echo ${label} >> '${control}/sessions'`, commands[label] ?? 'true']
    if (label === 'add') steps.push(holding(control))
    return session(phase, module, { [path]: made[path] }, 1, steps.join('; '))
  }
  return `sessions:
${work('1', undefined, 'base/one.txt')}${work('2', 'add', 'add/add.txt')}${work('2', 'twice', 'twice/twice.txt')}`
}

/** The same work by a program, for a plan without modules. */
export function situationProgram({ control }) {
  const write = (path) => `mkdir -p "$(dirname ${path})"; printf '%s' '${made[path]}' > ${path}`
  return `cat > /dev/null
if ! test -e base/one.txt; then
  echo base >> '${control}/sessions'
  ${write('base/one.txt')}
else
  echo add >> '${control}/sessions'
  ${holding(control)}
  ${write('add/add.txt')}
  ${write('twice/twice.txt')}
fi
`
}
