import t from 'tap'
import { isRestarted, restartDelayMs } from './restart.ts'

t.strictSame([0, 1, 2, 3, 6, 20].map(restartDelayMs), [0, 10_000, 20_000, 40_000, 300_000, 300_000])

// Rows: what exits. Columns: Always, OnFailure, Never.
const table = [
  ['init', 0, false, false, false],
  ['init', 1, true, true, false],
  ['sidecar', 0, true, true, true],
  ['sidecar', 1, true, true, true],
  ['app', 0, true, false, false],
  ['app', 1, true, true, false],
] as const
for (const [role, code, ...expected] of table)
  t.strictSame(
    (['Always', 'OnFailure', 'Never'] as const).map((policy) => isRestarted(role, policy, code)),
    expected,
    `${role} that exits with ${code}`,
  )
