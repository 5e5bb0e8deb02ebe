/**
 * `npm run proof -- npm-workspace [--rows RE] [--keep] [--show]`
 *
 * A run in a real npm workspace: real installs, tests through nested Nx, phases that add a dependency, a workspace package, and two
 * dependencies at once. Once agents bring the lockfile up to date, once nobody does. Takes the npm registry.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeGround } from './ground.mjs'
import { readEvents } from './history.mjs'
import { endProcessesIn, leftBehind, processesIn } from './left-behind.mjs'
import { makePlace, packProduct } from './npm-workspace/place.mjs'
import { agentsOf, libraries } from './npm-workspace/plan.mjs'
import { makeTally } from './tally.mjs'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
    show: { type: 'boolean', default: false },
  },
})

const plans = {
  'agents write the lockfile': { lockfiles: 'agents' },
  'nobody writes the lockfile': { lockfiles: 'nobody' },
}

const ground = await makeGround('npm')
const tally = makeTally()
try {
  const packed = join(ground.folder, 'packed')
  await mkdir(packed)
  const product = packProduct(packed)
  for (const [name, options] of Object.entries(plans)) {
    if (!new RegExp(values.rows).test(name)) continue
    const place = await makePlace(join(ground.folder, options.lockfiles), options, product)
    await check(name, place, options)
    endProcessesIn(place.top)
  }
} finally {
  if (values.keep) console.log(`kept in ${ground.folder}`)
  else await ground.remove()
}
tally.close()

async function check(plan, place, options) {
  const row = (what, problems) => tally.ended(`${plan}: ${what}`, problems)
  const before = place.repositoryDigest()
  const run = place.nx('run', 'spec:conduct', '--outputStyle=stream')
  const { code } = await run.ended
  const output = run.output()
  if (values.show) console.log(output)
  const notes = place.notes()
  const of = (kind) => notes.filter((note) => note.kind === kind).map(({ text }) => text)

  tally.ended(`${plan}: the run ends green`, code === 0 ? [] : [`it ended with ${code}`], output)
  row('one setup per lockfile', twice(of('setup')))
  row('one agent per module, and no other', different(of('agent'), agentsOf(options)))
  const evidence = (await readEvents(place)).filter(({ body }) => body.type === 'evidence.recorded')
  row(
    'nested Nx runs each test as often as a gate asks for it',
    libraries.flatMap((library) => {
      const asked = evidence.filter(({ body }) => body.evidence.rule === `npx nx test ${library}`).length
      const ran = of('test').filter((name) => name === library).length
      return asked === ran && ran > 0 ? [] : [`${library}: asked for ${asked} times, ran ${ran} times`]
    }),
  )
  row('setup changes no committed file', output.includes('changes files of the repository') ? ['it does'] : [])
  row(
    'HEAD, index, settings and branch stay until the end',
    notes.filter(({ repository }) => repository !== before).map(({ kind, text }) => `${kind} ${text} saw a change`),
  )
  row('no process is left', processesIn(place.top))
  row('no lock, worktree or scratch is left', code === 0 ? await leftBehind(place) : [])
  row(
    'the summary says that the own checkout needs an install',
    /^ *Next:[\s\S]*npm (ci|install)/m.test(output) ? [] : ['it does not'],
  )

  const again = place.nx('run', 'spec:conduct', '--outputStyle=stream')
  const { code: codeAgain } = await again.ended
  const more = place.notes().slice(notes.length)
  if (code === 0) {
    row('a second run runs nothing', [
      ...(codeAgain === 0 ? [] : [`it ended with ${codeAgain}`]),
      ...more.map(({ kind, text }) => `${kind} ${text} ran`),
    ])
  }
  row('the result installs, and its tests pass', await resultProblems(place))
}

/** What a person finds who installs the result and runs its tests. */
async function resultProblems(place) {
  try {
    place.start('npm', 'ci', '--prefer-offline', '--no-audit', '--no-fund')
    for (const library of libraries) place.start('npx', 'nx', 'test', library)
    return []
  } catch (error) {
    return [String(error.stdout ?? ''), String(error.stderr ?? error)]
      .map((text) => text.trim().slice(-600))
      .filter(Boolean)
  }
}

function twice(texts) {
  return [...new Set(texts)].flatMap((text) => {
    const times = texts.filter((other) => other === text).length
    return times === 1 ? [] : [`${times} times for the lockfile ${text.slice(0, 8)}`]
  })
}

function different(found, wanted) {
  const [one, other] = [found, wanted].map((list) => [...list].sort().join(', '))
  return one === other ? [] : [`ran: ${one}`, `not: ${other}`]
}
