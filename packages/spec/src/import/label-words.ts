const BOLD = /^(?:\*\*|__)([^*_\n]{1,80}?)(:?)(?:\*\*|__)\s*(?:\([^()\n]*\))?\s*(:?)(?:\s+(.*)|$)/s
const PLAIN = /^(\p{Lu}[\p{L}\p{N} /&'-]{0,40}?)\s*(?:\([^()\n]*\))?:(?:\s+(.*)|$)/su

/** The label that a line begins with. */
export function labelIn(line: string): { readonly label: string; readonly value: string } | undefined {
  const bold = line.match(BOLD)
  if (bold !== null && (bold[2] !== '' || bold[3] !== ''))
    return { label: plain(bold[1]), value: (bold[4] ?? '').trim() }
  const bare = line.match(PLAIN)
  return bare === null ? undefined : { label: plain(bare[1]), value: (bare[2] ?? '').trim() }
}

function plain(words = ''): string {
  return words
    .toLowerCase()
    .replace(/\([^()]*\)/g, ' ')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}
