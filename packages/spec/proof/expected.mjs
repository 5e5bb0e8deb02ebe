// The form of a corpus's answer key: null = not judged, [] and 0 = nothing is declared, "optional" phases may be listed or not.

/**
 * What a plan says otherwise than the answer key; empty when it agrees.
 * @param {import('@nx-conduct/spec').Plan} plan
 */
export function differences(plan, answer) {
  const found = []
  let next = 0
  for (const phase of answer.phases) {
    const got = plan.phases[next]
    if (got === undefined || got.id !== phase.id) {
      if (phase.optional !== true)
        found.push(`phase ${phase.id}: missing${got === undefined ? '' : `, found ${got.id} "${got.title}"`}`)
      continue
    }
    next++
    const compare = (name, wanted, actual) => {
      if (wanted !== null && wanted !== undefined && JSON.stringify(wanted) !== JSON.stringify(actual)) {
        found.push(`phase ${phase.id}: ${name} should be ${JSON.stringify(wanted)}, is ${JSON.stringify(actual)}`)
      }
    }
    compare('title', phase.title, got.title)
    compare('dependsOn', phase.dependsOn, got.dependsOn)
    compare(
      'modules',
      phase.modules,
      got.modules.filter((module) => !module.implicit).map((module) => module.name),
    )
    compare(
      'testCommands',
      phase.testCommands,
      got.testCommands.map((test) => test.command),
    )
    compare('criteria', phase.criteria, got.criteria.length)
    if (phase.kinds)
      compare(
        'kinds',
        phase.kinds,
        got.criteria.map((criterion) => criterion.kind),
      )
    if (phase.files) compare('files', phase.files, got.files)
  }
  for (const extra of plan.phases.slice(next)) found.push(`phase ${extra.id} "${extra.title}" should not be there`)
  if (answer.errors !== null && answer.errors !== undefined) {
    const errors = [
      ...new Set(plan.diagnostics.filter((finding) => finding.severity === 'error').map((finding) => finding.code)),
    ]
    if (JSON.stringify(errors.toSorted()) !== JSON.stringify([...answer.errors].toSorted())) {
      found.push(`errors should be ${JSON.stringify(answer.errors)}, are ${JSON.stringify(errors)}`)
    }
  }
  return found
}
