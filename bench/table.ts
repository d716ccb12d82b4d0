import type { Claim } from './claims.ts'
import { type Figure, isHeld, rounded } from './figure.ts'
import type { Spread } from './spread.ts'

/** Two lines a figure: what was measured and whether it holds, then its peer. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    `${figure.bench} ${figure.metric}`,
    spreadText(figure.value, figure.claim.unit),
    boundText(figure.claim),
    { true: 'holds', false: 'MISSED', null: '' }[`${isHeld(figure)}`],
  ])
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return figures
    .map(
      (figure, index) =>
        `${rows[index]?.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd() +
        `\n    ${figure.claim.text}${peerText(figure)}\n`,
    )
    .join('')
}

/** The median first, then how far the samples lie apart. */
function spreadText({ median, min, max, count }: Spread, unit: string): string {
  if (count === 1) return `${rounded(median)} ${unit}`
  return `${rounded(median)} ${unit} (${rounded(min)} to ${rounded(max)}, ${count} times)`
}

export function boundText({ bound, unit }: Claim): string {
  if (!bound) return ''
  return bound.of === 'ratio' ? `at most ${bound.atMost} of its peer` : `at most ${bound.atMost} ${unit}`
}

/** Where no line below names the peer. */
export function boundSentence(claim: Claim): string {
  return boundText(claim).replace('its peer', claim.peer ?? 'its peer')
}

function peerText({ against, ratio, claim }: Figure): string {
  if (!against || ratio === null) return ''
  return `\n    against ${claim.peer}: ${spreadText(against, claim.unit)}, ratio ${rounded(ratio)}`
}
