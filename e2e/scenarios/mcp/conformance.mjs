/** The protocol's own conformance suite: all its server scenarios against our transport, and those that need no fixture against the product. */
import { createServer, listenHttp, shared } from '../../../packages/mcp/dist/index.js'
import { fixtureServer } from './fixtures.mjs'
import { withNode22 } from './newer-node.mjs'
import { makeStage, smallSpec } from './stage.mjs'

/** Scenarios that call nothing of a fixture. */
const needsNoFixture = [
  'server-initialize',
  'ping',
  'tools-list',
  'resources-list',
  'prompts-list',
  'server-sse-multiple-streams',
  'dns-rebinding-protection',
]

export async function runConformance(tally, chosen) {
  if (!chosen('conformance')) return
  const suite = withNode22('conformance', ['@modelcontextprotocol/conformance@0.1.16'])
  const program = suite.bin('@modelcontextprotocol/conformance/dist/index.js')
  const run = async (url, scenario) => {
    try {
      const output = await suite.later(suite.node, [program, 'server', '--url', url, '--scenario', scenario])
      return /Failed: [1-9]|FAILURE/.test(output) ? [output] : []
    } catch (error) {
      return [error.message]
    }
  }
  const stage = makeStage('conformance', { files: { '.spec/SPEC.md': smallSpec } })
  const host = {
    root: stage.root,
    env: stage.env,
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    signal: new AbortController().signal,
    version: '0.0.0',
    projectRoots: async () => ({}),
  }
  const servers = shared(host)
  const listening = [
    await listenHttp({ port: 0, token: undefined, createServer: fixtureServer }),
    await listenHttp({ port: 0, token: undefined, createServer: () => createServer(servers) }),
  ]
  try {
    const listed = await suite.later(suite.node, [program, 'list', '--server'])
    const scenarios = [...listed.matchAll(/^ {2}- (\S+) \[/gm)].map(([, name]) => name)
    if (scenarios.length < 30) throw new Error(`only ${scenarios.length} scenarios are listed:\n${listed}`)
    const [fixtures, product] = listening
    for (const scenario of scenarios) {
      tally.ended(`conformance: ${scenario}, our transport`, await run(fixtures.url, scenario))
    }
    for (const scenario of needsNoFixture) {
      tally.ended(`conformance: ${scenario}, the product`, await run(product.url, scenario))
    }
  } finally {
    for (const { close } of listening) await close()
    stage.remove()
    suite.remove()
  }
}
