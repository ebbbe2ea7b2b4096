/** One line of a bench's table: what was measured, here and at the peer, and what it is held to. */
export type Figure = {
  readonly figure: string
  readonly unit: string
  readonly ours: number
  /** undefined: there is no peer for this one. */
  readonly peer: number | undefined
  /** Says what is held, and whether it is. */
  readonly target?: { readonly text: string; readonly met: boolean }
}

/** One bench; its file exports it as `bench`. */
export type Bench = {
  /** What is done how often, against which peer. */
  readonly title: string
  readonly run: () => Promise<readonly Figure[]>
}

/** A table with the ratio of each pair, in plain text. */
export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({ figure, unit, ours, peer, target }) => [
    figure,
    unit,
    decimal(ours),
    peer === undefined ? '' : decimal(peer),
    peer === undefined ? '' : (ours / peer).toFixed(2),
    target === undefined ? '' : `${target.text} ${target.met ? '✔' : '✘'}`,
  ])
  const table = [['figure', 'unit', 'signet', 'peer', 'ratio', 'target'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length))) ?? []
  return table
    .map((row) =>
      row
        .map((cell, column) => align(cell, column, widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function decimal(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2)
}

/** Names to the left, numbers to the right. */
function align(cell: string, column: number, width: number): string {
  return column >= 2 && column <= 4 ? cell.padStart(width) : cell.padEnd(width)
}
