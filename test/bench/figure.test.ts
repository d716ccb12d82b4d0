import t from 'tap'
import { figure, formatJson, isHeld, rounded } from '../../bench/figure.ts'

t.test('a figure is its median, beside the median of its peer', async (t) => {
  const { value, against, ratio } = figure('start', 'ready', [1.1, 1.2, 9], [1, 2, 0.5])
  t.equal(value.median, 1.2)
  t.equal(against?.median, 1)
  t.equal(ratio, 1.2)
})

t.test('the bound holds up to and with itself', async (t) => {
  t.equal(isHeld(figure('death', 'marker_gone_ms', [50])), true)
  t.equal(isHeld(figure('death', 'marker_gone_ms', [50.1])), false)
  t.equal(isHeld(figure('death', 'marker_gone_ms', [Number.NaN])), false, 'what could not be measured does not hold')
})

t.test('a bound on the ratio is one on the ratio', async (t) => {
  t.equal(isHeld(figure('start', 'ready', [12], [10])), true)
  t.equal(isHeld(figure('start', 'ready', [12.1], [10])), false)
  t.equal(isHeld(figure('start', 'ready', [1])), false, 'without a peer there is no ratio, and it is missed')
})

t.test('what is shown without a bound neither holds nor misses', async (t) => {
  t.equal(isHeld(figure('rest', 'peak_mb', [1e9])), null)
})

t.test('JSON is one line of the six fields', async (t) => {
  t.equal(
    formatJson(figure('ready', 'follow_ms', [15.1234], [560])),
    '{"bench":"ready","metric":"follow_ms","value":15.1,"unit":"ms","against":560,"ratio":0.027}',
  )
  t.equal(
    formatJson(figure('rest', 'app_pss_mb', [0.37])),
    '{"bench":"rest","metric":"app_pss_mb","value":0.37,"unit":"MB","against":null,"ratio":null}',
  )
})

t.test('three digits that mean something', async (t) => {
  t.equal(rounded(1234.5), 1235)
  t.equal(rounded(12.345), 12.3)
  t.equal(rounded(0.00012345), 0.000123)
  t.equal(rounded(0), 0)
})
