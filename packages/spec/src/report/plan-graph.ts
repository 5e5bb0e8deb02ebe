import type { Phase, Plan } from '../plan.ts'

/** The phases and what they depend on, as a Mermaid flowchart. */
export function planToMermaid(plan: Plan): string {
  const nodes = plan.phases.map((phase) => `  p_${phase.slug.replaceAll('-', '_')}["${escapeHtml(labelOf(phase))}"]`)
  const edges = edgesOf(plan).map(
    ([from, to]) => `  p_${from.slug.replaceAll('-', '_')} --> p_${to.slug.replaceAll('-', '_')}`,
  )
  return `${['flowchart TD', ...nodes, ...edges].join('\n')}\n`
}

/** The phases and what they depend on, in Graphviz' language. */
export function planToDot(plan: Plan): string {
  const nodes = plan.phases.map((phase) => `  ${quote(phase.slug)} [label=${quote(labelOf(phase))}]`)
  const edges = edgesOf(plan).map(([from, to]) => `  ${quote(from.slug)} -> ${quote(to.slug)}`)
  return `${[`digraph ${quote(plan.name)} {`, '  node [shape=box]', ...nodes, ...edges, '}'].join('\n')}\n`
}

function edgesOf(plan: Plan): readonly (readonly [Phase, Phase])[] {
  const byId = new Map(plan.phases.map((phase) => [phase.id, phase]))
  return plan.phases.flatMap((phase) =>
    phase.dependsOn.flatMap((id) => {
      const parent = byId.get(id)
      return parent === undefined ? [] : [[parent, phase] as const]
    }),
  )
}

function labelOf(phase: Phase): string {
  return `${phase.id}: ${phase.title}`
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
