import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { usualRevokeStatuses } from '../../policy/answer-statuses.ts'
import { perform, type World } from '../../sidecar/perform.ts'
import { listening } from '../listening.ts'

/** Revokes at a service that answers as it is told, call by call; resolves with what the resident was told. */
async function revokeAt(
  t: Test,
  answers: readonly ((response: ServerResponse) => void)[],
  serviceAt = (base: string): object => ({ endpoint: base }),
  ip: string | null = '10.0.0.1',
) {
  let calls = 0
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push([request.method, request.url, request.headers.authorization ?? []].flat().join(' '))
    answers[calls++]?.(response)
  })
  const port = await listening(t, server)
  const told: string[] = []
  const world = {
    settings: {
      application: 'orders',
      authorization: { ...serviceAt(`http://127.0.0.1:${port}`), resources: ['mysql:orders'] },
    },
    pod: { uid: 'uid-1', name: 'orders-1', namespace: 'shop', ip: '10.0.0.1', ips: ['10.0.0.1', 'fd00::1'] },
    tokenFile: join(t.testdirName, 'token'),
    tellResident: async (line: string) => {
      told.push(line)
    },
    log: () => undefined,
  } as unknown as World
  await perform(world, { type: 'revoke', ip }, new AbortController().signal)
  return { calls, told, asked }
}

const answer = (status: number) => (response: ServerResponse) => response.writeHead(status).end()
const silence = () => undefined

t.test('a service that says nothing twice and is only slow then', async (t) => {
  const slow = (response: ServerResponse) => setTimeout(() => answer(204)(response), 1500)
  t.match(await revokeAt(t, [silence, silence, slow]), { calls: 3, told: ['note revoked 10.0.0.1'] })
})

t.test('a service that fails is asked three times', async (t) => {
  const { calls, told } = await revokeAt(t, [answer(500), answer(503), answer(500)])
  t.equal(calls, 3)
  t.match(told, [/^note revoke-failed .*500/])
})

t.test('a service that refuses is asked once', async (t) => {
  const { calls, told } = await revokeAt(t, [answer(403)])
  t.equal(calls, 1)
  t.match(told, [/^note revoke-failed .*403/])
})

t.test('another API is told what the policy says', async (t) => {
  const { told, asked } = await revokeAt(t, [answer(204)], (base) => {
    const url = `${base}/{application}/{namespace}/{pod}/{uid}?ips={ips}&for={resources}`
    return { requests: { revoke: { method: 'POST', url, answers: usualRevokeStatuses } } }
  })
  t.same(asked, ['POST /orders/shop/orders-1/uid-1?ips=10.0.0.1%2Cfd00%3A%3A1&for=mysql%3Aorders'])
  t.same(told, ['note revoked 10.0.0.1'])
})

t.test('a token is shown, and without it the revoke has failed', async (t) => {
  t.testdir({ token: 's3cret\n' })
  const wanting = (endpoint: string) => ({ endpoint, token: true })
  const { asked, told } = await revokeAt(t, [answer(204)], wanting)
  t.same(asked, ['DELETE /v1/authorizations/uid-1 Bearer s3cret'])
  t.same(told, ['note revoked 10.0.0.1'])
  t.testdir({})
  const without = await revokeAt(t, [], wanting)
  t.equal(without.calls, 0)
  t.match(without.told, [/^note revoke-failed .*token cannot be read, expected a token/])
})

t.test('in a new sandbox what was granted to the old address is taken back, and the new one with it', async (t) => {
  const byAddress = (base: string) => ({
    requests: { revoke: { method: 'DELETE', url: `${base}/{ip}?all={ips}`, answers: usualRevokeStatuses } },
  })
  const both = await revokeAt(t, [answer(204), answer(204)], byAddress, '10.0.0.9')
  t.same(both.asked.sort(), ['DELETE /10.0.0.1?all=10.0.0.1%2Cfd00%3A%3A1', 'DELETE /10.0.0.9?all=10.0.0.9'])
  t.same(both.told, ['note revoked 10.0.0.9'])
  const one = await revokeAt(t, [answer(204), answer(403)], byAddress, '10.0.0.9')
  t.match(one.told, [/^note revoke-failed HTTP 403/], 'both have to be')
  const ofContract = await revokeAt(t, [answer(204)], undefined, '10.0.0.9')
  t.same(ofContract.asked, ['DELETE /v1/authorizations/uid-1'], 'which knows the pod by its UID')
  const unknown = await revokeAt(t, [answer(204)], byAddress, null)
  t.same(unknown.told, ['note revoked 10.0.0.1'])
})
