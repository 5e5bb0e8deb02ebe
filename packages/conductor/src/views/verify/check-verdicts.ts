import type { History } from './check-phases.ts'
import { type Json, listOf, memberOf, textOf, textsOf } from './json.ts'

const severities = ['critical', 'major', 'minor']

/** Checks that every gate that an agent judges passed by a verdict in the log, and that the verdict has nothing that fails it. */
export function checkVerdicts({ entries, report }: Pick<History, 'entries' | 'report'>): void {
  const verdicts = new Map<string, { readonly role: string; readonly verdict: Json }>()
  for (const { seq, type, body } of entries) {
    if (type === 'agent.finished' && body['verdict'] !== undefined) {
      verdicts.set(textOf(body, 'agentKey'), { role: textOf(body, 'role'), verdict: memberOf(body, 'verdict') })
    }
    if (type !== 'evidence.recorded') continue
    const evidence = memberOf(body, 'evidence')
    const gate = textOf(evidence, 'gate')
    if ((gate !== 'review' && gate !== 'audit') || evidence['outcome'] !== 'passed') continue
    const name = `event ${seq} says that the gate ${gate} passed`
    const role = gate === 'review' ? 'code-reviewer' : 'security-auditor'
    const found = verdicts.get(textOf(evidence, 'session'))
    if (found?.role !== role) report('verdict', `${name}, without a verdict of the ${role} before it`)
    else for (const why of against(found.verdict, ruleOf(evidence))) report('verdict', `${name}, ${why}`)
  }
}

function ruleOf(evidence: Json): Json {
  const rule: unknown = JSON.parse(textOf(evidence, 'rule'))
  return memberOf({ rule }, 'rule')
}

function against(verdict: Json, rule: Json): readonly string[] {
  const least = severities.indexOf(textOf(rule, 'fails'))
  const bad = listOf(verdict, 'findings').filter((finding) => severities.indexOf(textOf(finding, 'severity')) <= least)
  const said = new Map(listOf(verdict, 'criteria').map((each) => [textOf(each, 'text'), textOf(each, 'holds')]))
  const broken = textsOf(rule, 'criteria').filter(
    (text) => said.get(text) === 'no' || (rule['strict'] === true && said.get(text) !== 'yes'),
  )
  return [
    ...bad.map((finding) => `although it finds "${textOf(finding, 'what')}"`),
    ...broken.map((text) => `although it does not find that "${text}" holds`),
  ]
}
