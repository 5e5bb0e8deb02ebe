/**
 * `npm run e2e -- failures [--rows RE] [--show]`
 *
 * Ordinary failures of agents and of the machine in `nx run spec:conduct`. Compares the words that a person gets at the end of the run and
 * in `nx run spec:status`, removes the cause as they say, and runs the command that they print until the branch has moved. Counts how
 * often each agent was started. `--show` prints the words.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { endProcessesIn } from '../proof/left-behind.mjs'
import { makeTally } from '../proof/tally.mjs'
import { emptyFolder } from '../rig/packed.mjs'
import { agentRows } from './failures/agents.mjs'
import { machineRows } from './failures/machine.mjs'
import { openStage } from './failures/stage.mjs'

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '' }, show: { type: 'boolean', default: false } },
})

const tally = makeTally()
for (const row of [...agentRows, ...machineRows]) {
  if (!new RegExp(values.rows).test(row.name)) continue
  const { folder: top, remove } = emptyFolder('failure')
  let cleanUp = () => {}
  try {
    const prepared = row.prepare?.(top)
    if (prepared?.skip !== undefined) {
      tally.skipped(row.name, prepared.skip)
      continue
    }
    cleanUp = prepared?.cleanUp ?? cleanUp
    tally.ended(row.name, await play(row, top))
  } catch (error) {
    tally.ended(row.name, [error.message.split('\n', 1)[0]], error.stack.slice(0, 6_000))
  } finally {
    endProcessesIn(top)
    cleanUp()
    remove()
  }
}
tally.close({ mostSkipped: 2 })

/** A row from its failure to the finished run; the problems found. */
async function play(row, top) {
  const stage = openStage(top, row.opens(top))
  const { ends = 'failed' } = row
  const problems = []
  const show = (title, text) => values.show && console.log(`---- ${row.name}: ${title} ----\n${text.trim()}\n`)
  const failed = stage.conduct()
  show('the run', failed.output)
  if ((failed.exitCode !== 0) !== (ends === 'failed')) problems.push(`the exit code is ${failed.exitCode}`)
  if ((head(stage) !== stage.started) !== (ends === 'moved')) problems.push(`main is at ${head(stage)}`)
  const status = stage.nx(['run', 'spec:status']).output
  show('status', status)
  problems.push(...compare(stage, row, 'at the end of the run', failed.output, row.words))
  problems.push(...compare(stage, row, 'in status', status, row.inStatus ?? row.words))
  const commands = row.follow(stage, failed.output) ?? commandsIn(failed.output).slice(-1)
  if (commands.length === 0 && ends !== 'moved') return [...problems, 'no command is printed']
  const outputs = [failed.output]
  for (const command of commands) {
    const { exitCode, output } = stage.types(command)
    show(command, output)
    if (exitCode !== 0) problems.push(`\`${command}\` ended with ${exitCode}: ${output.slice(-1_500)}`)
    outputs.push(output)
  }
  return [...problems, ...notFinished(stage, row, outputs.join('\n'))]
}

/** What a person does not find in what is printed. */
function compare(stage, { transcripts = 0 }, where, text, words) {
  const isThere = (wanted) => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text))
  const paths = [...text.matchAll(/transcript +(\.conduct\/\S+)/g)].map(([, path]) => path)
  return [
    ...words.filter((wanted) => !isThere(wanted)).map((wanted) => `not ${where}: ${wanted}`),
    ...(paths.length < transcripts ? [`${paths.length} transcripts are named ${where}`] : []),
    ...paths.filter((path) => !existsSync(join(stage.root, path))).map((path) => `not there: ${path}`),
  ]
}

/** What is missing of a finished run for which no agent ran more often than it had to. */
function notFinished(stage, { starts, printedStarts }, output) {
  const ended = stage.nx(['run', 'spec:status']).output
  const printed = [...output.matchAll(/(phase \d implement \S+) +▸/g)].map(([, place]) => place).sort()
  return [
    ...(head(stage) === stage.started ? ['the branch has not moved in the end'] : []),
    ...(!ended.includes('(finalized)') || ended.includes('✖') ? [`status at the end: ${ended}`] : []),
    ...(stage.starts() === starts ? [] : [`agents were started: ${stage.starts()}, not ${starts}`]),
    ...(printedStarts === undefined || printed.join() === printedStarts.join()
      ? []
      : [`agents were started, as is printed: ${printed.join()}`]),
  ]
}

function head(stage) {
  return stage.git('rev-parse', 'main').trim()
}

/** Commands of the plugin in what was printed, as they stand there. */
function commandsIn(output) {
  return [...output.matchAll(/npx nx run spec:[\w-]+(?: --[\w-]+=\S+)*/g)].map(([command]) => command)
}
