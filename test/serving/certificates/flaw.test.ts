import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { findFlaw } from '../../../serving/certificates/flaw.ts'
import { createAuthority, issueLeaf } from '../../../serving/certificates/issue.ts'
import { dayMs, leafMs } from '../../../serving/certificates/lives.ts'

const nowMs = Date.parse('2026-01-02T03:04:05Z')
const authority = await createAuthority('test', new Date(nowMs))
const another = await createAuthority('test', new Date(nowMs))
const leaf = await issueLeaf(authority, ['greenroom.greenroom-system.svc', '192.0.2.1'], new Date(nowMs))
const served = new X509Certificate(leaf.cert)
const right = { host: 'greenroom.greenroom-system.svc', trusted: [another.cert, authority.cert], nowMs }

const rows = [
  ['right', {}, undefined],
  ['by an address', { host: '192.0.2.1' }, undefined],
  ['of an authority that is not known here', { trusted: undefined }, undefined],
  ['a day ahead', { nowMs: nowMs - dayMs }, undefined],
  ['more than a day ahead', { nowMs: nowMs - dayMs - 1 }, /is not valid before/],
  ['at its end', { nowMs: nowMs + leafMs }, undefined],
  ['after its end', { nowMs: nowMs + leafMs + 1 }, /expired at Jan {2}9/],
  ['of another name', { host: 'example.com' }, /not for example\.com, but for DNS:greenroom\.greenroom-system\.svc/],
  ['of another address', { host: '192.0.2.2' }, /not for 192\.0\.2\.2/],
  ['of an authority of the same name', { trusted: [another.cert] }, /of no authority/],
  ['of none', { trusted: ['none'] }, /of no authority/],
] as const
for (const [name, changes, flaw] of rows)
  t.test(`a certificate that is ${name}`, async (t) => {
    t.match(findFlaw(served, { ...right, ...changes }), flaw)
    if (flaw === undefined) t.equal(findFlaw(served, { ...right, ...changes }), undefined)
  })

t.test('an authority that has ended is trusted by nobody', async (t) => {
  const old = await createAuthority('test', new Date(nowMs), dayMs)
  const { cert } = await issueLeaf(old, ['localhost'], new Date(nowMs))
  const expectation = { host: 'localhost', trusted: [old.cert], nowMs }
  t.equal(findFlaw(new X509Certificate(cert), expectation), undefined)
  t.ok(findFlaw(new X509Certificate(cert), { ...expectation, nowMs: nowMs + dayMs + 1 }))
  t.equal(new X509Certificate(cert).validToDate.getTime(), nowMs + dayMs, 'a leaf ends with its authority')
})
