import type { Waiting } from '../../step/outcome.ts'

const letters = { added: 'A', modified: 'M', deleted: 'D', 'type-changed': 'T' } as const

/** So many paths are named. */
const mostPaths = 12

/** A phase that waits for approval as a person reads it: what there is to look at, and the two commands. */
export function waitingText(waiting: Waiting): string {
  const { phase, title, base, commit, changed, gates, unverified, rejected, approve } = waiting
  const paths = changed.slice(0, mostPaths).map(({ path, status }) => `${letters[status]} ${path}`)
  if (changed.length > mostPaths) paths.push(`and ${changed.length - mostPaths} more`)
  return [
    `‖ Phase ${phase} (${title}) is waiting for approval`,
    '',
    ...(rejected === undefined
      ? []
      : [`  rejected  by ${rejected.by}: ${rejected.why}`, '            the fix-executor left the files as they were']),
    `  proof     ${gates} ${gates === 1 ? 'gate passes' : 'gates pass'} on ${commit.slice(0, 12)}`,
    ...unverified.map((criterion) => `            no machine checks: ${criterion}`),
    ...paths.map((path, index) => `${index === 0 ? '  changed ' : '          '}  ${path}`),
    `  look      git diff ${base.slice(0, 12)} ${commit.slice(0, 12)}`,
    `  next      ${approve}`,
    `            ${approve} --reject="why"    # the next conduct has it worked on`,
  ].join('\n')
}
