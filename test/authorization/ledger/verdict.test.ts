import fc from 'fast-check'
import t from 'tap'
import type { Entry } from '../../../authorization/ledger/entry.ts'
import type { PodFacts } from '../../../authorization/ledger/pod-facts.ts'
import { judgeEntry, type PodReading, stillHeld } from '../../../authorization/ledger/verdict.ts'

const entryOf = (changes: Partial<Entry> = {}): Entry => ({
  uid: 'u1',
  application: 'orders',
  namespace: 'shop',
  pod: 'orders-1',
  ip: '10.0.0.1',
  ips: ['10.0.0.1', 'fd00::1'],
  resources: ['mysql:orders', 'redis:orders'],
  state: 'Granted',
  calls: 1,
  claim: null,
  condition: null,
  createdMs: 1_000,
  version: '1',
  ...changes,
})

const podOf = (changes: Partial<PodFacts> = {}): PodFacts => ({
  uid: 'u1',
  namespace: 'shop',
  name: 'orders-1',
  serviceAccount: 'default',
  ips: ['10.0.0.1', 'fd00::1'],
  hasStarted: true,
  hasEnded: false,
  isDeleting: false,
  isOnHostNetwork: false,
  version: '1',
  ...changes,
})

const rows: readonly (readonly [string, Partial<Entry>, PodReading, string])[] = [
  ['a pod that lives', {}, podOf(), 'keep'],
  ['a pod on its way out, which still has its access', {}, podOf({ isDeleting: true }), 'keep'],
  ['an API server that does not say', {}, 'unknown', 'keep'],
  ['a pod without an address yet', {}, podOf({ ips: [] }), 'keep'],
  ['no pod', {}, 'absent', 'revoke PodGone'],
  ['another pod of that name', {}, podOf({ uid: 'u2' }), 'revoke PodGone'],
  ['a pod that has ended', {}, podOf({ hasEnded: true }), 'revoke PodEnded'],
  ['a pod with another address', {}, podOf({ ips: ['10.0.0.9'] }), 'revoke AddressChanged'],
  ['a revocation that was asked for', { state: 'Revoking' }, 'unknown', 'revoke Asked'],
  ['no pod, and no status that tells of calls', { calls: null, state: 'Pending' }, 'absent', 'revoke PodGone'],
  ['no pod, and its call may have been heard', { calls: 1, state: 'Pending' }, 'absent', 'revoke PodGone'],
]

for (const [what, entry, pod, expected] of rows) {
  t.test(`${what}: ${expected}`, async (t) => {
    const verdict = judgeEntry(entryOf(entry), pod, [])
    t.equal(['reason' in verdict ? `${verdict.do} ${verdict.reason}` : verdict.do].join(), expected)
  })
}

t.test('what a newer pod has at the same address is not taken back', async (t) => {
  const newer = entryOf({ uid: 'u2', createdMs: 2_000, resources: ['mysql:orders'] })
  t.strictSame(stillHeld(entryOf(), [newer]), ['redis:orders'])
  t.match(judgeEntry(entryOf(), 'absent', [newer]), { do: 'revoke' })
  const all = { ...newer, resources: entryOf().resources }
  t.match(judgeEntry(entryOf(), 'absent', [all]), { do: 'forget', reason: 'Superseded' })
  t.match(judgeEntry(entryOf(), 'absent', [{ ...all, createdMs: 500 }]), { do: 'revoke' }, 'an older one')
  t.match(judgeEntry(entryOf(), 'absent', [{ ...all, calls: null }]), { do: 'revoke' }, 'one that was never asked for')
  t.match(judgeEntry(entryOf(), 'absent', [{ ...all, ips: ['10.0.0.2'] }]), { do: 'revoke' }, 'another address')
})

t.test('no pod that lives at its address ever loses anything that it did not ask to lose', async () => {
  const entry = fc.record({
    state: fc.constantFrom('Pending', 'Granted'),
    calls: fc.nat(3),
    createdMs: fc.nat(5),
    ip: fc.constantFrom('10.0.0.1', 'fd00::1'),
  })
  const property = fc.property(entry, fc.array(entry, { maxLength: 4 }), fc.boolean(), (own, others, isDeleting) => {
    const rivals = others.map((other, index) => entryOf({ ...other, uid: `other-${index}` }))
    return judgeEntry(entryOf(own), podOf({ isDeleting }), rivals).do === 'keep'
  })
  fc.assert(property, { numRuns: 2_000 })
})
