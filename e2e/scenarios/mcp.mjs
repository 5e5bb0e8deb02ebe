/**
 * `npm run e2e -- mcp [--rows RE]`
 *
 * The run as MCP tools, by the official SDK's client: the DataFlow example over stdio and HTTP, a run that goes from tools to `conduct` and back,
 * attacks, servers that are killed, the MCP inspector, and the protocol's conformance suite (both take the npm registry).
 */
import { parseArgs } from 'node:util'
import { makeTally } from '../proof/tally.mjs'
import { runAttacks, runHttpAttacks } from './mcp/attacks.mjs'
import { runConformance } from './mcp/conformance.mjs'
import { conductedTree, dataflowStage, drive } from './mcp/dataflow.mjs'
import { runInspector } from './mcp/inspector.mjs'
import { runKills } from './mcp/kills.mjs'
import { httpServer, stdioClient } from './mcp/stage.mjs'
import { runTogether } from './mcp/together.mjs'

const { values } = parseArgs({ options: { rows: { type: 'string', default: '' } } })
const rows = new RegExp(values.rows)
const chosen = (name) => rows.test(name)
const tally = makeTally()

const overStdio = 'dataflow over stdio'
const overHttp = 'dataflow over HTTP'
if (chosen(overStdio) || chosen(overHttp)) {
  const expected = conductedTree()
  if (chosen(overStdio)) await row(overStdio, 'stdio', (stage) => stdioClient(stage), expected)
  if (chosen(overHttp)) {
    let server
    await row(
      overHttp,
      'http',
      async (stage) => {
        server = await httpServer(stage)
        return server.client()
      },
      expected,
    )
    await server?.stop()
  }
}
await runTogether(tally, chosen)
await runAttacks(tally, chosen)
await runHttpAttacks(tally, chosen)
await runKills(tally, chosen)
await runInspector(tally, chosen)
await runConformance(tally, chosen)
tally.close()

async function row(name, short, connect, expected) {
  const stage = dataflowStage(short)
  try {
    const { client, close } = await connect(stage)
    try {
      tally.ended(name, await drive(client, stage, expected))
    } catch (error) {
      tally.ended(name, [error.stack])
    } finally {
      await close()
    }
  } finally {
    stage.remove()
  }
}
