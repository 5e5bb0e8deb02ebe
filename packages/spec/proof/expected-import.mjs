// The answer key of a folder of plans: fields that are absent or null are not judged; [] and 0 mean that nothing is declared.

/**
 * What an imported and compiled plan says otherwise than the answer key; empty when it agrees.
 * @param {import('@nx-conduct/spec').Imported} imported
 */
export function importDifferences({ plan, lost, format }, answer) {
  const found = []
  const compare = (where, name, wanted, actual) => {
    if (wanted !== undefined && wanted !== null && JSON.stringify(wanted) !== JSON.stringify(actual))
      found.push(`${where}: ${name} should be ${JSON.stringify(wanted)}, is ${JSON.stringify(actual)}`)
  }
  compare('file', 'format', answer.format, format)
  compare(
    'plan',
    'phases',
    answer.phases.map(({ id }) => id),
    plan.phases.map(({ id }) => id),
  )
  for (const phase of answer.phases) {
    const got = plan.phases.find(({ id }) => id === phase.id)
    if (got === undefined) continue
    const where = `phase ${phase.id}`
    compare(where, 'title', phase.title, got.title)
    compare(where, 'dependsOn', phase.dependsOn, got.dependsOn)
    compare(where, 'tasks', phase.tasks, got.tasks.length)
    compare(where, 'done', phase.done, got.tasks.filter(({ checked }) => checked === true).length)
    compare(
      where,
      'testCommands',
      phase.testCommands,
      got.testCommands.map(({ command }) => command),
    )
    compare(where, 'criteria', phase.criteria, got.criteria.length)
    compare(where, 'files', phase.files, got.files)
    compare(where, 'gotchas', phase.gotchas, got.gotchas.length)
  }
  for (const { code, severity, message } of plan.diagnostics)
    if (severity === 'error') found.push(`the written spec does not compile: ${code}: ${message}`)
  if (answer.lost !== undefined && answer.lost !== null) {
    const said = lost.map(({ what }) => what)
    if (answer.lost.length === 0 && said.length > 0) found.push(`nothing should be lost, but is: ${said.join('; ')}`)
    for (const one of answer.lost)
      if (!isNamed(one, said)) found.push(`"${one}" should be named as lost; named are: ${said.join('; ')}`)
  }
  return found
}

/** Whether every word of an entry, without its brackets, is in what was named. */
function isNamed(entry, said) {
  const named = said.join('\n').toLowerCase()
  const words = entry
    .toLowerCase()
    .replace(/\([^()]*\)/g, ' ')
    .split(/[\s,]+/)
    .filter((word) => word !== '' && !['and', 'the'].includes(word) && !/^[\d-]+$/.test(word))
  return words.every((word) => named.includes(word))
}
