import type { Resource, ResourceTemplate } from '@modelcontextprotocol/sdk/types.js'
import { phaseFileText } from '@nx-conduct/spec'
import type { Call } from './call.ts'
import { outputUri, phaseData } from './describe.ts'
import { Refusal } from './refusal.ts'
import { phaseOf, toLook, withTask } from './task.ts'

/** What can be read of any task. */
export const resourceTemplates: readonly ResourceTemplate[] = [
  {
    uriTemplate: 'conduct://{task}/plan',
    name: 'plan',
    title: 'The plan',
    description: 'The phases of the spec, in their order.',
    mimeType: 'application/json',
  },
  {
    uriTemplate: 'conduct://{task}/phase/{phase}',
    name: 'phase',
    title: 'A phase',
    description: 'What a phase means, as its agents need it, and nothing more.',
    mimeType: 'application/json',
  },
  {
    uriTemplate: 'conduct://{task}/log',
    name: 'log',
    title: 'The run log',
    description: 'The newest events of the run, one JSON object per line.',
    mimeType: 'application/x-ndjson',
  },
  {
    uriTemplate: 'conduct://{task}/output/{name}',
    name: 'output',
    title: "A gate's output",
    description: 'All that a failed gate printed. The answer of create_checkpoint names it.',
    mimeType: 'text/plain',
  },
]

/** What gates printed, in this process; everything else is found by its template. */
export async function resources({ outputs }: Call): Promise<Resource[]> {
  return outputs.names().map((name) => ({
    uri: outputUri(outputs.taskOf(name), name),
    name: `output-${name}`,
    title: "A gate's output",
    mimeType: 'text/plain',
  }))
}

const form = /^conduct:\/\/([^/?#]{1,80})\/(plan|log|phase|output)(?:\/([^/?#]{1,200}))?$/

/** Events of a log that are shown: the newest. */
const shownEvents = 500

/** Throws `Refusal` for what is not there. */
export async function readResource(uri: string, call: Call): Promise<{ mimeType: string; text: string }> {
  const [, task, kind, name] = form.exec(uri) ?? []
  if (task === undefined) {
    throw new Refusal(
      `there is no resource ${JSON.stringify(uri.slice(0, 120))}`,
      'resources/templates/list names their forms',
    )
  }
  if (kind === 'output') {
    const text = name === undefined || call.outputs.taskOf(name) !== task ? undefined : call.outputs.read(name)
    if (text !== undefined) return { mimeType: 'text/plain', text }
    throw new Refusal(
      'this server has no such output: it keeps the newest, while it lives',
      'create_checkpoint runs the gates again',
    )
  }
  return withTask(call, task, toLook, async ({ context }) => {
    const json = (value: unknown) => ({ mimeType: 'application/json', text: `${JSON.stringify(value, null, 2)}\n` })
    if (kind === 'plan') {
      const { name: spec, title, context: sections, phases } = context.plan
      return json({
        spec,
        title,
        context: sections.map(({ title: of, markdown }) => ({ title: of, markdown })),
        phases: phases.map(phaseData),
      })
    }
    if (kind === 'phase') {
      const phase = phaseOf(context, decoded(name ?? ''))
      return { mimeType: 'application/json', text: phaseFileText(phase) }
    }
    const seq = (await context.log.state()).seq
    const events: string[] = []
    for await (const { seq: at, at: time, body } of context.log.events(Math.max(0, seq - shownEvents))) {
      events.push(JSON.stringify({ seq: at, at: time, ...body }))
    }
    return { mimeType: 'application/x-ndjson', text: `${events.join('\n')}\n` }
  })
}

/** As it is written where it is no encoding: then it names nothing. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
