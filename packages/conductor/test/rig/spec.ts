/** A phase of a spec: its title, and what stands below its heading. */
export type PhaseText = readonly [title: string, ...lines: string[]]

/** A spec of phases `Phase N: title` whose agents are the program `agent` of the rig. */
export function specOf(...phases: readonly PhaseText[]): string {
  return specWith('', ...phases)
}

/** The same with more lines of front matter. */
export function specWith(settings: string, ...phases: readonly PhaseText[]): string {
  const sections = phases.map(([title, ...lines], index) => `### Phase ${index + 1}: ${title}\n${lines.join('\n')}\n`)
  // Asking git for its version takes a twentieth of the time that Node takes.
  const agent = `${settings.includes('agent:') ? '' : 'agent: { driver: command, command: agent }\n'}${settings.includes('tools:') ? '' : 'tools: [git]\n'}`
  // What agents judge has tests of its own.
  const review = settings.includes('review:') ? '' : 'review: off\n'
  return `---\n${agent}${review}${settings === '' ? '' : `${settings}\n`}---\n# Things\n\n## Implementation Phases\n\n${sections.join('\n')}`
}

/**
 * Four phases: 1, then 2 (two modules) and 3 side by side, then 4. The rig's agents pass all of it without a script of
 * their own.
 */
export const smallPhases: readonly PhaseText[] = [
  ['Base', '- Make the base', 'Test Command: test -f phase-1.txt'],
  ['Sums', '- Add', 'Modules: add (add/**), twice (twice/**)', 'Test Command: test -d add && test -d twice'],
  ['Words', '- Say', 'Depends On: Phase 1', 'Test Command: test -f phase-3.txt'],
  ['Program', '- Print', 'Depends On: Phase 2, Phase 3', 'Test Command: test -f phase-4.txt'],
]

export const smallSpec: string = specOf(...smallPhases)
