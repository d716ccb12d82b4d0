import { createServer, type ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { perform, type World } from '../../sidecar/perform.ts'
import { listening } from '../listening.ts'

/** Revokes at a service that answers as it is told, call by call; resolves with what the resident was told. */
async function revokeAt(t: Test, answers: readonly ((response: ServerResponse) => void)[]) {
  let calls = 0
  const server = createServer((_, response) => answers[calls++]?.(response))
  const port = await listening(t, server)
  const told: string[] = []
  const world = {
    settings: { authorization: { endpoint: `http://127.0.0.1:${port}` } },
    pod: { uid: 'uid-1', ip: '10.0.0.1' },
    tellResident: async (line: string) => {
      told.push(line)
    },
    log: () => undefined,
  } as unknown as World
  await perform(world, { type: 'revoke' }, new AbortController().signal)
  return { calls, told }
}

const answer = (status: number) => (response: ServerResponse) => response.writeHead(status).end()
const silence = () => undefined

t.test('a service that says nothing twice and is only slow then', async (t) => {
  const slow = (response: ServerResponse) => setTimeout(() => answer(204)(response), 1500)
  t.same(await revokeAt(t, [silence, silence, slow]), { calls: 3, told: ['note revoked 10.0.0.1'] })
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
