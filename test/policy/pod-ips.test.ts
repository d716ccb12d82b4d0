import t from 'tap'
import { podIpsOf } from '../../policy/pod-ips.ts'

t.test('all addresses of a pod, the primary one first', async (t) => {
  t.strictSame(podIpsOf('10.0.0.7', '10.0.0.7,fd00::7'), ['10.0.0.7', 'fd00::7'])
  t.strictSame(podIpsOf('fd00::7', 'fd00::7'), ['fd00::7'], 'IPv6 alone')
  t.strictSame(podIpsOf('fd00::7', '10.0.0.7,fd00::7'), ['fd00::7', '10.0.0.7'], 'in whatever order')
  t.strictSame(podIpsOf('10.0.0.7', undefined), ['10.0.0.7'], 'of an older release')
  for (const list of ['', 'fd00::7,', 'fd00::7 10.0.0.7', 'fd00::/64', '10.0.0'])
    t.equal(podIpsOf('10.0.0.7', list), undefined, list)
})
