import t from 'tap'
import { backdateMs, dayMs, leafMs, yearly } from '../../../serving/certificates/lives.ts'
import {
  type Authority,
  type AuthorityCertificate,
  adopt,
  announce,
  decide,
  forget,
  type Observation,
  overlapOf,
  promote,
  startWith,
  trustedOf,
} from '../../../serving/certificates/rotation.ts'

const startMs = Date.parse('2026-01-02T03:04:05Z')
const settleMs = 15_000

const madeAt = (createdMs: number, cert = `made at ${createdMs}`): AuthorityCertificate => ({
  cert,
  key: 'key',
  createdMs,
  endsMs: createdMs + yearly.authorityMs,
})
const first = madeAt(startMs)
const steady = startWith(first)
const announced = (atMs: number) => announce(steady, madeAt(atMs))
const requested = (authority: Authority): Authority => ({ ...authority, isRotationRequested: true })
const dueMs = startMs + yearly.dueMs

/** As a replica sees it that has seen everything for long, and serves by the one that signs. */
const seenAt = (nowMs: number, changes: Partial<Observation> = {}): Observation => ({
  nowMs,
  nextTrustedForMs: settleMs,
  settleMs,
  servedBy: first.cert,
  ...changes,
})

const rows: readonly (readonly [string, Authority, Observation, string])[] = [
  ['new', steady, seenAt(startMs), 'keep'],
  ['a moment before two thirds of its life', steady, seenAt(dueMs - 1), 'keep'],
  ['at two thirds of its life', steady, seenAt(dueMs), 'announce'],
  ['asked for', requested(steady), seenAt(startMs), 'announce'],
  ['next one just made', announced(dueMs), seenAt(dueMs + 1), 'keep'],
  ['next one trusted for a day', announced(dueMs), seenAt(dueMs + dayMs), 'promote'],
  [
    'the same, but not seen by this replica',
    announced(dueMs),
    seenAt(dueMs + dayMs, { nextTrustedForMs: settleMs - 1 }),
    'keep',
  ],
  ['next one asked for', requested(announced(startMs)), seenAt(startMs + settleMs), 'promote'],
  [
    'the same, not seen for long enough',
    requested(announced(startMs)),
    seenAt(startMs + settleMs, { nextTrustedForMs: settleMs - 1 }),
    'keep',
  ],
  [
    'the signing one ends within the life of a leaf',
    announced(first.endsMs - leafMs),
    seenAt(first.endsMs - leafMs + 1),
    'promote',
  ],
  ['the signing one has ended, for nobody was there', steady, seenAt(first.endsMs + dayMs), 'announce'],
  ['the next one has ended as well', announced(startMs), seenAt(first.endsMs + dayMs), 'announce'],
  [
    'a retired one, still of use',
    promote(announced(dueMs), dueMs),
    seenAt(dueMs + overlapOf(yearly) - 1, { servedBy: undefined }),
    'keep',
  ],
  [
    'a retired one, of no use to anybody',
    promote(announced(dueMs), dueMs),
    seenAt(dueMs + overlapOf(yearly), { servedBy: undefined }),
    'forget',
  ],
  ['served by one that is not there', steady, seenAt(startMs, { servedBy: 'another' }), 'adopt'],
  ['served by a retired one', promote(announced(dueMs), dueMs), seenAt(dueMs), 'keep'],
]
for (const [name, authority, seen, step] of rows)
  t.test(`${name}: ${step}`, async (t) => t.equal(decide(authority, seen, yearly), step))

t.test('a clock that is a day off rotates a day off, and ends nothing that is of use', async (t) => {
  for (const offMs of [-dayMs, dayMs]) {
    t.equal(decide(steady, seenAt(dueMs - dayMs - 1 + offMs), yearly), 'keep')
    const next = announced(startMs + offMs)
    t.not(decide(next, seenAt(startMs), yearly), 'announce', 'an authority that such a clock has dated is one')
    const retired = promote(next, startMs)
    const servingMs = startMs + leafMs - 1
    t.equal(decide(retired, seenAt(servingMs + offMs), yearly), 'keep', 'trusted while a leaf by it may be served')
  }
})

t.test('what a clock has dated that is further ahead is made anew, and never signs', async (t) => {
  t.equal(decide(announced(startMs + backdateMs + 1), seenAt(startMs), yearly), 'announce')
  const foreign = startWith(madeAt(startMs + 400 * dayMs))
  t.equal(decide(foreign, seenAt(startMs, { servedBy: undefined }), yearly), 'announce')
})

t.test('an authority of somebody else is replaced at two thirds of its own life', async (t) => {
  const short = startWith({ ...first, endsMs: startMs + 30 * dayMs })
  t.equal(decide(short, seenAt(startMs + 20 * dayMs - 1), yearly), 'keep')
  t.equal(decide(short, seenAt(startMs + 20 * dayMs), yearly), 'announce')
})

t.test('no step takes trust from what is served, but the one that forgets', async (t) => {
  const next = madeAt(dueMs)
  t.strictSame(trustedOf(announce(steady, next)), [first.cert, next.cert])
  const promoted = promote(announce(requested(steady), next), dueMs)
  t.strictSame(trustedOf(promoted), [first.cert, next.cert], 'in the same order: nothing is to be written')
  t.equal(promoted.isRotationRequested, false)
  const adopted = adopt(promoted, ['another', first.cert], dueMs + 1)
  t.strictSame(trustedOf(adopted), [first.cert, 'another', next.cert])
  t.equal(adopted.retiredAtMs, dueMs + 1)
  t.strictSame(trustedOf(forget(adopted)), [next.cert])
})
