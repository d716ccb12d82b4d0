import { createServer } from 'node:https'
import t, { type Test } from 'tap'
import { requestAuthorization, revokeAuthorization } from '../../authorization/client.ts'
import { createAuthority, issueLeaf } from '../../serving/certificates/issue.ts'
import { listening } from '../listening.ts'
import { body } from './orders.ts'

/** Far above what loopback needs, far below what a test may take. */
const timeoutMs = 5000
const authority = await createAuthority('one', new Date())

/** Calls a real server whose certificate is of that authority. */
async function callWith(t: Test, ca: string | undefined, { names = ['localhost'], issuedAt = new Date() } = {}) {
  const server = createServer(await issueLeaf(authority, names, issuedAt), (_, response) =>
    response.writeHead(200).end(),
  )
  const endpoint = `https://localhost:${await listening(t, server, 'localhost')}`
  return { service: { endpoint, ca }, podUid: 'uid-1', body, timeoutMs }
}

t.test('a service of a private authority is trusted by its certificate', async (t) => {
  const call = await callWith(t, authority.cert)
  t.strictSame(await requestAuthorization(call), { kind: 'granted' })
  t.strictSame(await revokeAuthorization(call), { kind: 'revoked' })
})

t.test('one of several authorities is enough', async (t) => {
  const other = await createAuthority('other', new Date())
  t.strictSame(await requestAuthorization(await callWith(t, `${other.cert}\n${authority.cert}`)), { kind: 'granted' })
})

t.test('without it, and with the wrong one, the service is unavailable, and it is said what to do', async (t) => {
  const sameName = await createAuthority('one', new Date())
  const other = await createAuthority('other', new Date())
  for (const ca of [undefined, sameName.cert, other.cert]) {
    const call = await callWith(t, ca)
    const detail =
      /^[A-Z_]+: its certificate's authority is not trusted here; name it by caFile in the policy's authorization$/
    t.match(await requestAuthorization(call), { kind: 'unavailable', detail })
    t.match(await revokeAuthorization(call), { kind: 'unavailable', detail })
  }
})

t.test('a certificate for another name, and one that has expired', async (t) => {
  const elsewhere = await callWith(t, authority.cert, { names: ['elsewhere.example'] })
  const detail = /^ERR_TLS_CERT_ALTNAME_INVALID: its certificate is for other names; /
  t.match(await requestAuthorization(elsewhere), { kind: 'unavailable', detail })
  const old = await callWith(t, authority.cert, { issuedAt: new Date(Date.now() - 30 * 24 * 60 * 60 * 1000) })
  t.match(await requestAuthorization(old), { kind: 'unavailable', detail: /^CERT_HAS_EXPIRED: .*; renew it$/ })
})

t.test('certificates that are none end no process', async (t) => {
  const call = await callWith(t, '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n')
  t.match(await requestAuthorization(call), { kind: 'unavailable' })
})
