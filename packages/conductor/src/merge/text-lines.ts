import type { FoundEntry } from '@nx-conduct/git'

/** Larger files are compared as a whole. */
const mostBytes = 16 * 1024 * 1024

/** As git decides it: by a NUL byte near the start. */
export function isBinary(content: Buffer): boolean {
  return content.subarray(0, 8_000).includes(0)
}

/**
 * The lines of a file or the target of a link, without what is blank around them; undefined where there are none to compare: binary
 * and very large files, submodules, folders. One character per byte, so that files in any encoding compare exactly.
 */
export function linesOf(entry: FoundEntry | undefined): readonly string[] | undefined {
  const content = entry?.content
  if (content === undefined || content.length > mostBytes || isBinary(content)) return undefined
  return content
    .toString('latin1')
    .split('\n')
    .map((line) => line.replace(/^[ \t\r\f\v]+|[ \t\r\f\v]+$/g, ''))
}

/** A line of {@link linesOf} as a person reads it. */
export function readable(line: string): string {
  return Buffer.from(line, 'latin1').toString('utf8')
}
