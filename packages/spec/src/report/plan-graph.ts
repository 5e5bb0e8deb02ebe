import type { Phase, Plan } from '../plan.ts'
import { printableLine } from '../printable.ts'

/** The phases and what they depend on, as a Mermaid flowchart. */
export function planToMermaid(plan: Plan): string {
  const nodes = plan.phases.map((phase) => `  p_${phase.slug.replaceAll('-', '_')}["${escapeMermaid(labelOf(phase))}"]`)
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
  return printableLine(`${phase.id}: ${phase.title}`)
}

/** Graphviz reads backslashes and HTML entities inside quotes. */
function quote(text: string): string {
  return `"${printableLine(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('&', '&amp;')}"`
}

/** Mermaid reads `#…;` as a character, a backtick as Markdown, and `%%{…}%%` as a directive anywhere. */
function escapeMermaid(text: string): string {
  return text
    .replace(/[#`%]/g, (one) => `#${one.charCodeAt(0)};`)
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
