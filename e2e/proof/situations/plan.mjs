import { session } from '../../rig/small.mjs'

/** What the plan makes, path by path. */
export const made = { 'base/one.txt': 'one\n', 'add/add.txt': 'a + b\n', 'twice/twice.txt': 'a * 2\n' }

/**
 * A plan of two phases; the second has two modules, and its agent `add` waits for as long as `hold` exists, so that a
 * person can do something in mid-run.
 *
 * @param {{ name?: string, settings?: string, title?: string, folder?: string, criteria?: readonly string[], beforeTest?: string }} [options]
 *   `settings`: further front matter; `title`: of phase 1; `folder`: everything is made below it; `beforeTest`: what phase 2's test command does first
 */
export function situationSpec({
  name = 'spec',
  settings = '',
  title = 'Base',
  folder = '',
  criteria = [],
  beforeTest = '',
} = {}) {
  const more = criteria.length === 0 ? '' : `Success Criteria:\n${criteria.map((line) => `- ${line}\n`).join('')}`
  return `---
name: ${name}
agent: { driver: anthropic, model: claude-sonnet-5-5, rehearsal: .spec/score.yaml }
rounds: 1
${settings}${settings === '' || settings.endsWith('\n') ? '' : '\n'}---
# Numbers

## Overview
A few numbers and their sums.

## Implementation Phases

### Phase 1: ${title}
- Write down the number one
Test Command: grep -q one ${folder}base/one.txt
Files:
- ${folder}base/one.txt

### Phase 2: Sums
- Add numbers
Modules: add (${folder}add/**), twice (${folder}twice/**)
Test Command: ${beforeTest}grep -q "a + b" ${folder}add/add.txt && test -f ${folder}twice/twice.txt
${more}`
}

/**
 * The agents' work. Each session leaves a line in `control/sessions`, so that who worked can be counted from outside.
 *
 * @param {{ control: string, folder?: string, extra?: Readonly<Record<string, string>>, commands?: Readonly<Record<string, string>>, files?: Readonly<Record<string, Record<string, string>>> }} options
 *   `commands`: a further shell command by module (`base`, `add`, `twice`); `files`: further files by module
 */
export function situationScore({ control, folder = '', commands = {}, files = {} }) {
  const work = (phase, module, path) => {
    const label = module ?? 'base'
    const hold =
      label === 'add' ? `touch '${control}/reached'; while test -e '${control}/hold'; do sleep 0.02; done; ` : ''
    const look = `echo ${label} >> '${control}/sessions'; ${commands[label] ?? 'true'}; ${hold}ls`
    const all = { [`${folder}${path}`]: made[path], ...(files[label] ?? {}) }
    return session(phase, module, all, 1, look)
  }
  return `sessions:
${work('1', undefined, 'base/one.txt')}${work('2', 'add', 'add/add.txt')}${work('2', 'twice', 'twice/twice.txt')}`
}
