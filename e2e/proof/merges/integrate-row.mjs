import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadPlan, openRun, progressLine, runTasks } from '@nx-conduct/conductor'
import { plainEnvironment } from '../workspace.mjs'

/**
 * Makes a row's repository and has the conductor build it up to `integrate`, with agents that play the row's scripts.
 * @param {{ base?: string, setup?: string, earlier?: string, modules: Record<string, string>, synthesis?: string, again?: string, report?: object }} row
 *   Bash scripts: what makes the files of the start, what a person configures, what an earlier phase builds, what each module and the
 *   synthesis-architect does, and what that does when it is asked again.
 */
export async function integrateRow(row, folder) {
  const root = join(folder, 'workspace')
  await makeWorkspace(row, folder, root)
  const startCommit = gitIn(root, 'rev-parse', 'HEAD')
  const said = []
  const context = await openRun({
    root,
    specFile: '.spec/SPEC.md',
    env: { ...plainEnvironment(), HOME: folder, NX_CONDUCT_HOME: join(folder, 'home') },
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    parallel: 2,
    signal: new AbortController().signal,
    report: (progress) => said.push(progress),
  })
  let failure = ''
  let steps = {}
  try {
    const { plan } = await loadPlan(root, '.spec/SPEC.md')
    for await (const { kind, result } of runTasks(context, tasksOf(plan))) {
      if (kind === 'ran' && result.kind !== 'accepted') failure += `${result.message}\n${result.hint ?? ''}\n`
    }
    steps = (await context.log.state()).steps
  } finally {
    await context.close()
  }
  const accepted = Object.values(steps).filter(({ status }) => status === 'accepted')
  const ofLast = accepted.filter(({ phase }) => phase === String(row.earlier === undefined ? 1 : 2))
  const made = ofLast.filter(({ step }) => step === 'implement')
  const integrated = ofLast.find(({ step }) => step === 'integrate')?.result
  return {
    root,
    /** What the modules start from: what the earlier phase left, or the repository's start. */
    startTree: gitIn(
      root,
      'rev-parse',
      made.length === 0 ? `${startCommit}^{tree}` : `${made[0].result.commit}^^{tree}`,
    ),
    modules: made.map(({ module, result }) => ({ module, tree: result.tree })),
    tree: integrated?.tree,
    synthesised: integrated?.synthesised ?? [],
    failure,
    notices: said.flatMap((progress) => (progress.type === 'notice' ? [progress.message] : [])).join('\n'),
    prompts: await readFile(join(folder, 'prompts'), 'utf8').catch(() => ''),
    text: `${said.flatMap((progress) => progressLine(progress, 0, { verbose: true }) ?? []).join('\n')}\n${failure}`,
  }
}

async function makeWorkspace({ base = 'true', setup = 'true', earlier, modules, ...scripts }, folder, root) {
  await mkdir(join(root, '.spec'), { recursive: true })
  const git = (...args) => gitIn(root, ...args)
  git('init', '--quiet', '--initial-branch=main')
  git('config', 'user.name', 'Somebody')
  git('config', 'user.email', 'somebody@localhost')
  const agent = join(folder, 'agent.sh')
  await writeFile(agent, agentOf({ earlier, modules, ...scripts }, folder))
  await writeFile(join(root, '.spec/SPEC.md'), specOf(earlier, Object.keys(modules), agent))
  execFileSync('bash', ['-ec', base], { cwd: root })
  git('add', '--all')
  git('commit', '--quiet', '--message', 'Start')
  execFileSync('bash', ['-ec', setup], { cwd: root })
}

function agentOf({ earlier = 'true', modules, synthesis = 'true', again = synthesis, report }, folder) {
  const prompts = join(folder, 'prompts')
  return [
    'IFS= read -r header',
    'built="done" issues="[]"',
    'case $header in',
    `*synthesis-architect*round=*) cat >> '${prompts}'; set -e; ${again}`,
    ...(report === undefined ? [] : [`issues='${JSON.stringify(report)}'`]),
    ';;',
    `*synthesis-architect*) cat >> '${prompts}'; set -e; ${synthesis}`,
    ...(report === undefined ? [] : [`issues='${JSON.stringify(report)}'`]),
    ';;',
    `*module=*) cat > /dev/null; set -e; case $header in`,
    ...Object.entries(modules).map(([name, script]) => `*module=\\"${name}\\"*) ${script}\n;;`),
    'esac ;;',
    `*) cat > /dev/null; set -e; ${earlier}\n;;`,
    'esac',
    'printf \'{"built":"%s","tests":"none","issues":%s}\\n\' "$built" "$issues"',
    '',
  ].join('\n')
}

function specOf(earlier, modules, agent) {
  const last = earlier === undefined ? 1 : 2
  return [
    '---',
    'name: spec',
    `agent: { driver: command, command: bash ${agent} }`,
    'tools: [git]',
    'rounds: 0',
    '---',
    '# Merges',
    '',
    '## Implementation Phases',
    '',
    ...(earlier === undefined ? [] : ['### Phase 1: Before', '- Make it', '']),
    `### Phase ${last}: Together`,
    '- Make it',
    `Modules: ${modules.join(', ')}`,
    '',
  ].join('\n')
}

/** The steps up to `integrate` of the last phase. */
function tasksOf({ phases }) {
  return phases.flatMap(({ slug, modules }, at) => {
    const id = (step, module) => `${slug} ${step}${module === undefined ? '' : ` ${module}`}`
    const task = (step, after, module) => ({ id: id(step, module), request: { step, phase: slug, module }, after })
    const before = at === 0 ? [] : [`${phases[at - 1].slug} checkpoint`]
    const implement = modules.map((module) => task('implement', [id('worktrees')], module.slug))
    const integrate = task('integrate', [id('worktrees'), ...implement.map((each) => each.id)])
    const steps = [task('worktrees', before), ...implement, integrate]
    if (at === phases.length - 1) return steps
    return [
      ...steps,
      task('test', [id('integrate')]),
      task('validate', [id('test')]),
      task('checkpoint', [id('validate')]),
    ]
  })
}

function gitIn(cwd, ...args) {
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}
