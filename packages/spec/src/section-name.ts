/** How surely a section of that name holds the phases; the higher wins where a spec has several. */
export type SectionRank = 1 | 2 | 3

const NAMES: readonly (readonly [RegExp, SectionRank])[] = [
  [
    /^(?:phased |detailed |high-level |proposed |full |technical |project |software )*(?:implementation|development|execution|build|delivery|construction) (?:phases?|plan|stages?|steps?|milestones?|roadmap|work packages?|breakdown|workstreams?)\b/,
    3,
  ],
  [
    /^(?:phases|phase (?:details?|breakdown|plan|descriptions?|list|definitions?)|phased (?:plan|approach|implementation|rollout|delivery|roadmap|development|execution))\b/,
    3,
  ],
  [
    /^(?:work ?packages?|workstreams|work ?streams|stages)(?=$|\s*[:(–—&-]|\s+(?:and|overview|breakdown|list|details)\b)/,
    3,
  ],
  [/[\s:–—-](?:implementation|development|delivery) (?:phases|plan|roadmap)$/, 3],
  [
    /^(?:milestones|project (?:phases|plan|roadmap|milestones)|(?:migration|rollout|delivery|refactoring|release) (?:phases|plan|stages|steps|milestones))\b/,
    2,
  ],
  [
    /^(?:roadmap|road map|(?:product|technical|feature|engineering) roadmap|migration path|work ?plan)\b|^steps(?=$|\s*[:(–—-])/,
    1,
  ],
]

/**
 * Whether a heading names an implementation section: `## 6. Implementation Plan (draft)`, `# ROADMAP: DataFlow`, `### Migration Path for users`.
 * A number before the name and anything after it are free.
 */
export function sectionRank(words: string): SectionRank | undefined {
  const name = plainName(words)
  return NAMES.find(([pattern]) => pattern.test(name))?.[1]
}

/** A heading's name in lower case, without emoji, numbering and decoration before it. */
export function plainName(words: string): string {
  return words
    .toLowerCase()
    .replace(/\p{Extended_Pictographic}|\u{fe0f}|\u{200d}|\u{20e3}/gu, '')
    .trim()
    .replace(
      /^(?:(?:section|part|chapter|appendix) )?(?:\(?(?:\d+(?:\.\d+)*|[ivxlc]+|[a-z])[.):]+|\d+(?:\.\d+)+|\d+ -|[§#]\s?\d+(?:\.\d+)*|\d+)\s+/u,
      '',
    )
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .replace(/\s+/g, ' ')
}
