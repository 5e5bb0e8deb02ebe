/**
 * The plan that benches build: so many phases of so many modules, whose agents write one file each.
 * @param {{ phases: number, modules: number, settings?: string }} shape `settings`: further lines of the front matter
 */
export function benchFiles({ phases, modules, settings = '' }) {
  const sections = Array.from({ length: phases }, (_, at) => {
    const phase = at + 1
    const names = moduleNames(phase, modules)
    return `### Phase ${phase}: Part ${phase}
- Write the files
Modules: ${names.map((name) => `${name} (${name}/**)`).join(', ')}
Test Command: test -f ${names[0]}/made.txt
`
  })
  return {
    '.spec/SPEC.md': `---
agent: { driver: command, command: sh agent.sh }
review: off
concurrency: 2
${settings}---
# Bench

## Implementation Phases

${sections.join('\n')}`,
    'agent.sh': agentScript,
  }
}

/** The modules of a phase. Each owns the folder of its name. */
export function moduleNames(phase, modules) {
  return Array.from({ length: modules }, (_, at) => `p${phase}m${at + 1}`)
}

/** Writes the one file of the module that the first line of the prompt names. */
const agentScript = `read -r line
name=$(echo "$line" | grep -o 'p[0-9]*m[0-9]*' | tail -n 1)
mkdir -p "$name"
echo made > "$name/made.txt"
`

/** A plan of so many phases of one module each, without test commands, whose agents write one small file. */
export function smallFiles(phases) {
  const sections = Array.from({ length: phases }, (_, at) => `### Phase ${at + 1}: Part ${at + 1}\n- Write a file\n`)
  return {
    '.spec/SPEC.md': `---
agent: { driver: command, command: sh agent.sh }
review: off
---
# Bench

## Implementation Phases

${sections.join('\n')}`,
    // A shell's number is its own: no two sessions write the same file.
    'agent.sh': 'echo made > "made-$$"\n',
  }
}

/** The same tasks as \`nx:noop\`, for Nx's own share. */
export function noopFiles({ phases, modules }) {
  const projects = {}
  const noop = (dependsOn, cache = true) => ({ executor: 'nx:noop', cache, inputs: [], dependsOn })
  for (let phase = 1; phase <= phases; phase += 1) {
    const names = moduleNames(phase, modules)
    const before = phase === 1 ? [] : [{ projects: [`phase-${phase - 1}`], target: 'validate' }]
    const checkpoints = phase === 1 ? [] : [{ projects: [`phase-${phase - 1}`], target: 'checkpoint' }]
    projects[`phases/${phase}/project.json`] = {
      name: `phase-${phase}`,
      targets: {
        worktrees: noop(before),
        ...Object.fromEntries(names.map((name) => [`implement--${name}`, noop(['worktrees'])])),
        integrate: noop(['worktrees', ...names.map((name) => `implement--${name}`)]),
        test: noop(['integrate']),
        validate: noop(['worktrees', 'test']),
        checkpoint: noop(['validate', ...checkpoints], false),
      },
    }
  }
  const all = Array.from({ length: phases }, (_, at) => `phase-${at + 1}`)
  projects['plan/project.json'] = {
    name: 'plan',
    targets: {
      finalize: noop([{ projects: all, target: 'checkpoint' }], false),
      conduct: noop(['finalize'], false),
    },
  }
  return Object.fromEntries(Object.entries(projects).map(([path, project]) => [path, JSON.stringify(project)]))
}
