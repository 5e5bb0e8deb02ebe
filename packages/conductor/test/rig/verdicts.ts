/** What a judge of the rig says. */
export interface Said {
  readonly verdict?: string
  readonly findings?: readonly object[]
  readonly criteria?: readonly object[]
}

/** A script that ends with a verdict. */
export function verdict({ verdict: word = 'request-changes', findings = [], criteria = [] }: Said): string {
  return `cat <<'END'\n${JSON.stringify({ verdict: word, summary: 'read it', findings, criteria })}\nEND`
}

export function finding(file: string, line: number, severity = 'major') {
  return { file, line, severity, what: `${file} is wrong`, why: 'a case', suggestion: 'write better' }
}

/** A script that approves. */
export const approve: string = verdict({ verdict: 'approve' })
