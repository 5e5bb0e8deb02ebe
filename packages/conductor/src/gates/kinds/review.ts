import { digestOf, type Judging, leavesOf, type Phase, type Plan } from '@nx-conduct/spec'
import type { GateKind, GateRule, JudgeRole, ReviewRule } from '../gate-kind.ts'
import { typedRule } from '../typed-rule.ts'
import { unverifiedCriteria } from './criterion.ts'

const rules = typedRule<ReviewRule>()

/** The code-reviewer has no finding that counts, and finds no criterion broken. */
export const review = judgedBy('review', 'code-reviewer')

/** The security-auditor has no finding that counts. */
export const audit = judgedBy('audit', 'security-auditor')

function judgedBy(name: 'review' | 'audit', role: JudgeRole): GateKind {
  return {
    name,
    version: 1,
    required({ plan, phase, base }) {
      // A phase without a change of its own has nothing to judge.
      if (plan.settings[name].when !== 'each' || base === undefined) return []
      const { severity } = plan.settings[name]
      const criteria = name === 'review' ? criteriaOf(plan, [phase]) : noCriteria
      const rule: ReviewRule = { scope: 'phase', of: phase.digest, fails: severity, ...criteria }
      return [{ rule: rules.text(rule), base }]
    },
    check: ({ rule }) => ({ kind: 'agent', role, rule: rules.parse(rule) }),
    describe(rule) {
      const { fails, strict, criteria } = rules.parse(rule)
      const findings = `the ${role} finds nothing ${fails === 'critical' ? 'critical' : `${fails} or worse`}`
      return strict && criteria.length > 0 ? `${findings}, and that all criteria hold` : findings
    },
  }
}

/**
 * What is judged at the end of a run: the whole change, where no phase was judged alone, or where phases that were are joined. `base`: the
 * tree that the run started from.
 */
export function finalReviewRules(plan: Plan, kind: 'review' | 'audit', base: string): readonly GateRule[] {
  const setting: Judging = plan.settings[kind]
  const isDue = setting.when === 'final' || (setting.when === 'each' && leavesOf(plan).length > 1)
  if (!isDue) return []
  const criteria = kind === 'review' ? criteriaOf(plan, plan.phases) : noCriteria
  const of = digestOf(plan.phases.map(({ digest }) => digest))
  return [{ rule: rules.text({ scope: 'whole', of, fails: setting.severity, ...criteria }), base }]
}

const noCriteria: Pick<ReviewRule, 'criteria' | 'strict'> = { criteria: [], strict: false }

function criteriaOf({ settings }: Plan, phases: readonly Phase[]): Pick<ReviewRule, 'criteria' | 'strict'> {
  if (settings.criteria === 'people') return noCriteria
  const criteria = phases.flatMap((phase) => unverifiedCriteria(phase).map((text) => criterionOf(phase, text)))
  return { criteria, strict: settings.criteria === 'strict' }
}

/** A criterion as a reviewer gets it, and as its verdict is looked up. */
export function criterionOf({ id }: Pick<Phase, 'id'>, text: string): string {
  return `phase ${id}: ${text}`
}
