import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { createAuthority, issueLeaf } from '../../../serving/certificates/issue.ts'
import { leafMs } from '../../../serving/certificates/lives.ts'

const now = new Date('2026-01-02T03:04:05Z')
const hourMs = 3_600_000

t.test('a leaf is for its names, signed by the authority, and valid since yesterday', async (t) => {
  const authority = await createAuthority('greenroom.greenroom-system', now)
  const { cert } = await issueLeaf(authority, ['greenroom.greenroom-system.svc'], now)
  const [issuer, leaf] = [new X509Certificate(authority.cert), new X509Certificate(cert)]
  t.equal(leaf.checkHost('greenroom.greenroom-system.svc'), 'greenroom.greenroom-system.svc')
  t.equal(leaf.checkHost('example.com'), undefined)
  t.ok(leaf.verify(issuer.publicKey))
  t.ok(leaf.checkIssued(issuer))
  t.equal(leaf.validFromDate.getTime(), now.getTime() - 24 * hourMs)
  t.equal(leaf.validToDate.getTime(), now.getTime() + leafMs)
  t.strictSame(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'], 'serverAuth and nothing else')
  t.equal(leaf.ca, false)
  t.equal(issuer.ca, true)
  t.equal(issuer.validToDate.getTime(), now.getTime() + 365 * 24 * hourMs)
})

t.test('no two serial numbers are the same, and all are positive', async (t) => {
  const authorities = await Promise.all(Array.from({ length: 8 }, () => createAuthority('x', now)))
  const serials = authorities.map(({ cert }) => new X509Certificate(cert).serialNumber)
  t.equal(new Set(serials).size, serials.length)
  t.ok(serials.every((serial) => /^[4-7]/.test(serial) && serial.length === 32))
})
