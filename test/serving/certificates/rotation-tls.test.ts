import { once } from 'node:events'
import { request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { rotateAnnotation } from '../../../policy/names.ts'
import type { Keeper } from '../../../serving/certificates/keeper.ts'
import { yearly } from '../../../serving/certificates/lives.ts'
import { splitBundle } from '../../../serving/certificates/pem.ts'
import { createServer } from '../../../serving/server.ts'
import { listening } from '../../listening.ts'
import { fakeRegistration, fakeSecrets, keep } from './support.ts'

t.setTimeout(120_000)

const rotations = 5
const leastCalls = 60

/** So late an API server hears of a registration; a replica waits for longer than that. */
const lagMs = 400
const quick = { lookMs: 50, underWayMs: 20, retryMs: 5, settleMs: 800, firstSettleMs: 500 }
/** A leaf lives for seconds, which is what a certificate's dates can say, so that it is renewed beside the rotations. */
const lives = { ...yearly, leafMs: 3_000 }

/** Three replicas with servers of their own, and a client that trusts what was published a while ago. */
async function createStage(t: Test, settleMs: number) {
  const steadyMs = () => performance.now()
  const secrets = fakeSecrets()
  const registration = fakeRegistration(steadyMs)
  const start = async () => {
    const paces = { ...quick, settleMs }
    const keeper = await keep({ secrets, trust: registration.trust, paces, lives })
    const server = createServer(keeper.leaf().certificate, (_, response) => response.end())
    const port = await listening(t, server, 'localhost')
    const undo = await keeper.start((certificate) => server.setSecureContext(certificate))
    t.teardown(undo)
    return { keeper, port, undo }
  }
  const replicas = [await start(), await start(), await start()]
  const ask = async (port: number): Promise<string> => {
    const asked = request({
      host: 'localhost',
      port,
      agent: false,
      ca: splitBundle(registration.knownAfter(lagMs)).slice(),
    })
    asked.end()
    const [response] = await once(asked, 'response')
    response.resume()
    return response.socket.getPeerX509Certificate()?.serialNumber ?? 'none'
  }
  return { secrets, registration, replicas, start, ask }
}

/** Rotates, one replica after the other being replaced, while all are asked without a pause. */
async function rotateUnderLoad(t: Test, settleMs: number) {
  const { secrets, registration, replicas, start, ask } = await createStage(t, settleMs)
  const failures: string[] = []
  const serials = new Set<string>()
  let requests = 0
  let isOver = false
  const load = async () => {
    while (!isOver) {
      for (const { port } of replicas) {
        requests += 1
        await ask(port).then(
          (serial) => serials.add(serial),
          (error) => failures.push(String(error)),
        )
      }
      await sleep(2)
    }
  }
  const loads = Promise.all([load(), load()])
  const signers = new Set<string>()
  const serve = (keeper: Keeper) => keeper.leaf().signer.cert
  for (let nth = 0; nth < rotations; nth += 1) {
    const before = registration.current()
    signers.add(serve(replicas[0]?.keeper ?? (await start()).keeper))
    secrets.annotate(rotateAnnotation, 'now')
    while (registration.current() === before) await sleep(5)
    // In the middle of it, one replica is replaced by another.
    const fresh = await start()
    replicas[nth % replicas.length]?.undo()
    replicas[nth % replicas.length] = fresh
    while (replicas.some(({ keeper }) => keeper.authority().isRotationRequested || signers.has(serve(keeper))))
      await sleep(5)
  }
  // Also a machine that is busy with other things has asked for each of them.
  while (requests < leastCalls) await sleep(5)
  isOver = true
  await loads
  return { failures, requests, authorities: signers.size + 1, serials: serials.size }
}

t.test(
  'authority and leaves rotate five times while three replicas are asked and replaced: no call fails',
  async (t) => {
    const { failures, requests, authorities, serials } = await rotateUnderLoad(t, quick.settleMs)
    t.comment(`${requests} calls, ${authorities} authorities, ${serials} certificates`)
    t.same(failures, [])
    t.equal(authorities, rotations + 1)
    t.ok(serials >= 3 * rotations)
  },
)

t.test('served before it is known, it would fail: what the waiting is for', async (t) => {
  const { failures } = await rotateUnderLoad(t, 0)
  t.match(failures, [/self-signed certificate|unable to (get|verify)/])
})
