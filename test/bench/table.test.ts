import t from 'tap'
import { figure } from '../../bench/figure.ts'
import { boundSentence, boundText, formatTable } from '../../bench/table.ts'

t.test('says what was measured, how far it spread, whether it holds, and beside what', async (t) => {
  t.equal(
    formatTable([
      figure('ready', 'follow_ms', [14, 15, 40], [100, 500, 900]),
      figure('start', 'ready', [2.6, 2.6], [2, 2]),
      figure('rest', 'peak_mb', [13.4]),
    ]),
    `ready follow_ms  15 ms (14 to 40, 3 times)    at most 50 ms            holds
    marker written to Ready=True
    against a plain probe of the marker, 1 s: 500 ms (100 to 900, 3 times), ratio 0.03
start ready      2.6 s (2.6 to 2.6, 2 times)  at most 1.2 of its peer  MISSED
    pod created to Ready=True
    against the same pod, its commands replaced by ones that do nothing: 2 s (2 to 2, 2 times), ratio 1.3
rest peak_mb     13.4 MB
    peak of the sidecar while Node is awake, as the kernel counts it against the container's limit
`,
  )
})

t.test('a bound says beside what, and outside of the table by its name', async (t) => {
  const claim = { text: 'a', unit: 's', peer: 'the other', bound: { of: 'ratio', atMost: 1.2 } } as const
  t.equal(boundText(claim), 'at most 1.2 of its peer')
  t.equal(boundSentence(claim), 'at most 1.2 of the other')
  t.equal(boundSentence({ ...claim, bound: { of: 'value', atMost: 3 } }), 'at most 3 s')
  t.equal(boundSentence({ text: 'a', unit: 's' }), '')
})
