import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { rotateAnnotation } from '../../../policy/names.ts'
import { isOvertaken } from '../../../serving/api-error.ts'
import type { ServingCertificate } from '../../../serving/certificates/certificate.ts'
import { createAuthority } from '../../../serving/certificates/issue.ts'
import type { Keeper } from '../../../serving/certificates/keeper.ts'
import { dayMs, leafMs, renewAt } from '../../../serving/certificates/lives.ts'
import { paces } from '../../../serving/certificates/paces.ts'
import { splitBundle } from '../../../serving/certificates/pem.ts'
import { fakeRegistration, fakeSecrets, keep } from './support.ts'

t.setTimeout(120_000)

/** An API server says its time to the second. */
const secondMs = 1_000

const startMs = Date.parse('2026-01-02T03:04:05Z')

/** Replicas before one API server, and a clock that moves when it is told to. */
function createStage({ offMs = 0 } = {}) {
  let nowMs = startMs
  const secrets = fakeSecrets(() => nowMs)
  const registration = fakeRegistration(() => nowMs)
  const clock = { wallMs: () => nowMs + offMs, steadyMs: () => nowMs }
  const wait = (ms: number) => {
    nowMs += ms
  }
  const open = (changes: Partial<Parameters<typeof keep>[0]> = {}) =>
    keep({ secrets, trust: registration.trust, clock, ...changes })
  return { secrets, registration, open, wait, nowMs: () => nowMs }
}

const signerOf = (keeper: Keeper) => keeper.leaf().signer.cert

t.test('replicas that start together end up with one authority, and say the same', async (t) => {
  const { secrets, registration, open } = createStage()
  secrets.before = () => new Promise(setImmediate) // So that every one has read before anybody writes.
  const keepers = await Promise.all([open(), open(), open()])
  t.equal(secrets.writes, 1)
  t.equal(new Set(keepers.map(signerOf)).size, 1)
  for (const keeper of keepers) await keeper.look()
  t.equal(registration.current(), keepers[0]?.authority().signing.cert)
})

t.test('a rotation that was asked for: trusted, then served by who has seen that, then by the others', async (t) => {
  const { secrets, registration, open, wait } = createStage()
  const [one, two] = [await open(), await open()]
  await one.look()
  await two.look()
  const before = one.authority().signing.cert
  secrets.annotate(rotateAnnotation, 'now')
  await one.look()
  const next = one.authority().next?.cert ?? ''
  t.strictSame(splitBundle(registration.current()), [before, next])
  t.equal(signerOf(one), before)
  wait(paces.settleMs - 1)
  await one.look()
  t.equal(one.authority().signing.cert, before, 'not yet')
  wait(1)
  await one.look()
  t.equal(one.authority().signing.cert, next)
  t.equal(signerOf(one), next)
  t.equal(secrets.get()?.metadata?.annotations?.[rotateAnnotation], undefined, 'what was asked for is done')
  await two.look()
  t.equal(signerOf(two), before, 'it has not seen for long enough that the next one is trusted')
  wait(paces.settleMs)
  await two.look()
  t.equal(signerOf(two), next)
  t.strictSame(splitBundle(registration.current()), [before, next])
  wait(leafMs + dayMs)
  await one.look()
  t.strictSame(splitBundle(registration.current()), [next])
})

t.test('a year passes: the authority is replaced at two thirds, a day after it is told', async (t) => {
  const { registration, open, wait } = createStage()
  const keeper = await open()
  const first = signerOf(keeper)
  const bundles: number[] = []
  for (let day = 0; day < 300; day += 1) {
    await keeper.look()
    bundles.push(splitBundle(registration.current()).length)
    if (day === 243) t.equal(signerOf(keeper), first)
    wait(dayMs)
  }
  t.not(signerOf(keeper), first)
  t.strictSame([...new Set(bundles)], [1, 2])
  t.equal(bundles.at(-1), 1, 'the old one is forgotten')
})

t.test(
  'a leaf is renewed at two thirds of its life, also while the API server is away, but for a day only',
  async (t) => {
    const { secrets, registration, open, wait, nowMs } = createStage()
    let isAway = false
    const trust = {
      read: async () => {
        if (isAway) throw new Error('away')
        return registration.trust.read()
      },
    }
    const applied: ServingCertificate[] = []
    const keeper = await open({ trust, paces: { ...paces, firstSettleMs: 0 } })
    const undo = await keeper.start((certificate) => applied.push(certificate))
    undo()
    wait(Math.ceil(leafMs * renewAt) - secondMs)
    await keeper.look()
    t.equal(applied.length, 0)
    isAway = true
    wait(secondMs)
    await t.rejects(keeper.look(), /away/)
    t.equal(applied.length, 1)
    const { validToDate } = new X509Certificate(applied[0]?.cert ?? '')
    t.equal(validToDate.getTime(), nowMs() + leafMs)
    wait(leafMs)
    await t.rejects(keeper.look(), /away/)
    t.equal(applied.length, 1, 'what it knows may have been retired')
    isAway = false
    await keeper.look()
    t.equal(applied.length, 2)
    t.equal(secrets.writes, 1)
  },
)

t.test(
  'a Secret that is deleted is made anew: what is served stays trusted, and what was thrown away is replaced',
  async (t) => {
    const { secrets, registration, open, wait } = createStage()
    const [one, two] = [await open(), await open()]
    await one.look()
    await two.look()
    const before = signerOf(one)
    secrets.remove()
    await one.look()
    await two.look()
    t.equal(splitBundle(registration.current())[0], before)
    wait(paces.settleMs)
    await one.look()
    t.not(one.authority().signing.cert, before)
    t.match(splitBundle(registration.current()), [before, one.authority().signing.cert])
  },
)

t.test('one that starts without the Secret, beside one that serves, takes no trust from it', async (t) => {
  const { secrets, registration, open } = createStage()
  const old = await open()
  await old.look()
  secrets.remove()
  const fresh = await open()
  await fresh.look()
  t.not(signerOf(fresh), signerOf(old))
  t.strictSame(splitBundle(registration.current()), [signerOf(old), signerOf(fresh)])
})

t.test('a Secret from a backup: what is served comes to be trusted again', async (t) => {
  const { secrets, registration, open } = createStage()
  const elsewhere = createStage()
  await elsewhere.open()
  const keeper = await open()
  await keeper.look()
  secrets.put((secret) => ({ ...secret, data: elsewhere.secrets.get()?.data ?? {} }))
  await keeper.look()
  t.ok(registration.current().includes(signerOf(keeper)))
})

t.test('a Secret of an older release gets the bundle that others read', async (t) => {
  const { secrets, open } = createStage()
  const keeper = await open()
  secrets.put(({ data: { 'ca.crt': _, ...data } = {}, ...secret }) => ({ ...secret, data }))
  await keeper.look()
  t.equal(Buffer.from(secrets.get()?.data?.['ca.crt'] ?? '', 'base64').toString(), keeper.authority().signing.cert)
})

t.test('a machine whose clock is ten years off decides and dates by that of the API server', async (t) => {
  for (const offMs of [-3650 * dayMs, 3650 * dayMs]) {
    const { secrets, open, nowMs } = createStage({ offMs })
    const keeper = await open()
    await keeper.look()
    await keeper.look()
    t.equal(secrets.writes, 1)
    t.equal(new X509Certificate(keeper.leaf().certificate.cert).validToDate.getTime(), nowMs() + leafMs)
  }
})

t.test('what was dated by a clock that was ahead is renewed once the clock is right again', async (t) => {
  const { open, wait, nowMs } = createStage()
  const keeper = await open()
  await keeper.look()
  wait(10 * dayMs)
  await keeper.look()
  const begins = () => new X509Certificate(keeper.leaf().certificate.cert).validFromDate.getTime()
  t.ok(begins() > startMs)
  wait(-10 * dayMs)
  await keeper.look()
  t.ok(begins() <= nowMs(), 'valid now')
})

// The whole of it, by chance: what an API server asks for while everything happens at once.
t.test('whatever happens, what is served is trusted by those who hear of it late', async (t) => {
  const event = fc.oneof(
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('look' as const), nth: fc.nat(2) }) },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 5_000, 15_000) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(dayMs, 9 * dayMs, 100 * dayMs) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), nth: fc.nat(2) }) },
    { weight: 3, arbitrary: fc.constant({ kind: 'request' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'delete' as const }) },
  )
  let rotations = 0
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 40, maxLength: 120 }), async (events) => {
      const { secrets, registration, open, wait, nowMs } = createStage()
      let drawn = 0
      const draw = (createdMs: number) => {
        drawn += 1
        return createAuthority('test', new Date(createdMs))
      }
      // Nobody looks into a leaf here.
      const issue = async () => ({ cert: '', key: '' })
      const lagMs = paces.firstSettleMs
      const start = async () => {
        const keeper = await open({ draw, issue })
        await keeper.look()
        wait(paces.firstSettleMs)
        return keeper
      }
      const keepers = [await start(), await start(), await start()]
      const check = (what: string) => {
        for (const keeper of keepers) {
          const { signer, endsMs } = keeper.leaf()
          if (endsMs < nowMs()) continue // Such a one is not Ready.
          const known = registration.knownAfter(lagMs)
          if (!known.includes(signer.cert)) throw new Error(`after ${what}: served, and not trusted`)
        }
      }
      for (const each of events) {
        if (each.kind === 'wait') {
          // Nobody sleeps for days without looking.
          if (each.ms >= dayMs) for (const keeper of keepers) await keeper.look().catch(overtaken)
          wait(each.ms)
          if (each.ms >= dayMs) for (const keeper of keepers) await keeper.look().catch(overtaken)
        }
        if (each.kind === 'look') await keepers[each.nth]?.look().catch(overtaken)
        if (each.kind === 'restart') keepers[each.nth] = await start()
        if (each.kind === 'request') secrets.annotate(rotateAnnotation, 'now')
        if (each.kind === 'delete') secrets.remove()
        check(JSON.stringify(each))
      }
      rotations += drawn - 1
    }),
    { numRuns: 60, ...(process.env.GREENROOM_SEED && { seed: Number(process.env.GREENROOM_SEED) }) },
  )
  t.ok(rotations > 60, `${rotations} rotations`)
})

function overtaken(error: unknown): void {
  if (!isOvertaken(error)) throw error
}
