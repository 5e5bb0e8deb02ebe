import { printableLine } from '@nx-conduct/spec'

/** Rows as aligned columns; the last column is not padded. A cell stays on its line whatever it holds. */
export function table(given: readonly (readonly string[])[], indent = '  '): string {
  const rows = given.map((row) => row.map(printableLine))
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  return rows
    .map(
      (row) =>
        indent +
        row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '),
    )
    .map((line) => line.trimEnd())
    .join('\n')
}
