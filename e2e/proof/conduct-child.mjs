/**
 * Conducts the spec of a workspace in this process, with the graph and the scheduler that Nx gets, but without Nx: a
 * proof starts hundreds of these. Its argument is JSON: `{ root, specFile, strikes, record }`, see `crashPoints`.
 * Ends with 0 when every step succeeded, 1 when one failed, 130 when it was asked to stop.
 */
import { ConductProblem, loadPlan, openRun, progressLine, runTasks } from '@nx-conduct/conductor'
import { openRunLog } from '@nx-conduct/store'
import { createNodes } from '../../packages/nx-conduct/dist/index.js'
import { stopOnSignals } from '../../packages/nx-conduct/dist/run/stop.js'
import { crashPoints } from './crash-points.mjs'

const { root, specFile = '.spec/SPEC.md', strikes, record } = JSON.parse(process.argv[2] ?? '{}')
const points = crashPoints({ strikes, record })
const stop = stopOnSignals(process)
const startedMs = performance.now()

process.exitCode = await conductAll().catch((error) => {
  print(
    error instanceof ConductProblem ? `✖ ${error.message}\n  next      ${error.hint}` : `✖ ${error?.stack ?? error}`,
  )
  return 1
})
stop.release()

async function conductAll() {
  await loadPlan(root, specFile)
  const [, infer] = createNodes
  const found = await infer([specFile], {}, { workspaceRoot: root })
  const tasks = stepTasks(Object.assign({}, ...found.map(([, { projects }]) => projects)))
  const context = await openRun({
    root,
    specFile,
    env: process.env,
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    parallel: 2,
    signal: stop.signal,
    openLog: async (options) => points.watch(await openRunLog(options)),
    report(progress) {
      const line = progressLine(progress, performance.now() - startedMs, { verbose: true })
      if (line !== undefined) print(progress.type === 'notice' ? `${line} [${progress.code}]` : line)
      points.told(progress)
    },
  })
  let failures = 0
  try {
    const perform = ({ request }, act) => points.inStep(request, act)
    for await (const { kind, result } of runTasks(context, tasks, perform)) {
      if (kind === 'ran' && result.kind !== 'accepted') {
        failures += 1
        print(`${result.kind}: ${result.message}${result.hint === undefined ? '' : `\n  next      ${result.hint}`}`)
      }
    }
  } finally {
    await context.close()
  }
  return stop.signal.aborted ? 130 : failures === 0 ? 0 : 1
}

/** The steps as Nx would start them: one task per target that spends or merges, in the order of the graph. */
function stepTasks(projects) {
  const targets = Object.values(projects).flatMap(({ name, targets }) =>
    Object.entries(targets)
      .filter(([, { executor, options }]) => executor === 'nx-conduct:step' && options.step !== 'conduct')
      .map(([target, { options, dependsOn = [] }]) => ({
        id: `${name}:${target}`,
        request: requestOf(options),
        after: dependsOn.flatMap((other) =>
          typeof other === 'string' ? [`${name}:${other}`] : other.projects.map((each) => `${each}:${other.target}`),
        ),
      })),
  )
  const known = new Set(targets.map(({ id }) => id))
  for (const { id, after } of targets) {
    for (const other of after) if (!known.has(other)) throw new Error(`${id} waits for ${other}, which is no step`)
  }
  return targets
}

function requestOf({ step, phase, module }) {
  return { step, ...(phase === undefined ? {} : { phase }), ...(module === undefined ? {} : { module }) }
}

function print(line) {
  process.stdout.write(`${line}\n`)
}
