import t from 'tap'
import { readSelections, type Selection } from '../../control-plane/selection.ts'
import type { NamedPolicy } from '../../policy/choose-policy.ts'
import { defaultPolicy, type InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import { writtenMs } from '../../serving/managed-fields.ts'
import { at, second } from './pods.ts'

const named = (name: string, spec: Partial<InjectionPolicy> = {}): NamedPolicy => ({
  name,
  policy: { ...defaultPolicy, inject: 'always', ...spec },
})

const iso = (ms: number) => new Date(ms).toISOString()

/** As the API server keeps who wrote what, and when. */
const managed = (...writes: readonly (readonly [string, number])[]) => ({
  managedFields: writes.map(([field, ms]) => ({ time: iso(ms), fieldsV1: { [`f:${field}`]: { 'f:x': {} } } })),
})

const stored = (name: string, writtenMs: number, status: unknown = {}) => ({
  name,
  version: '1',
  generation: 1,
  metadata: managed(['spec', writtenMs], ['metadata', at + 500 * second]),
  status,
})

function select(
  policies: readonly NamedPolicy[],
  written: Record<string, number>,
  before = new Map<string, Selection>(),
  status: unknown = {},
) {
  const storedOf = (name: string) => (written[name] === undefined ? undefined : stored(name, written[name], status))
  return readSelections(policies, storedOf, { before, nowMs: at + 100 * second })
}
const since = (selections: ReadonlyMap<string, Selection>, name: string) =>
  ((selections.get(name)?.sinceMs ?? 0) - at) / second

t.test('a policy that is seen for the first time has held since its spec was written', async (t) => {
  t.equal(since(select([named('a')], { a: at + 3 * second }), 'a'), 3)
})

t.test('a change of what it does to pods begins nothing', async (t) => {
  const first = select([named('a')], { a: at })
  const changed = select(
    [named('a', { repair: 'evict', failurePolicy: 'Fail', check: true })],
    { a: at + 9 * second },
    new Map(first),
  )
  t.equal(since(changed, 'a'), 0)
})

t.test('a change of whom it selects begins anew, when it was written', async (t) => {
  const first = select([named('a')], { a: at })
  const changes: Partial<InjectionPolicy>[] = [
    { inject: 'asked' },
    { mode: 'Off' },
    { priority: 1 },
    { optOut: false },
    { overrides: ['drain'] },
    { podSelector: { matchLabels: { app: 'orders' }, matchExpressions: [] } },
    { namespaceSelector: { matchLabels: { team: 'shop' }, matchExpressions: [] } },
  ]
  for (const change of changes)
    t.equal(since(select([named('a', change)], { a: at + 9 * second }, new Map(first)), 'a'), 9, JSON.stringify(change))
})

t.test('so does a change of a policy that is asked before it, but of none behind it', async (t) => {
  const first = select([named('a'), named('b'), named('c')], { a: at, b: at, c: at })
  const changed = [named('a'), named('b', { mode: 'Off' }), named('c')]
  const second = select(changed, { a: at, b: at + 9_000, c: at }, new Map(first))
  t.same(
    ['a', 'b', 'c'].map((name) => since(second, name)),
    [0, 9, 9],
  )
})

t.test('what was deleted before it is gone since now', async (t) => {
  const first = select([named('off', { mode: 'Off' }), named('a')], { off: at, a: at })
  t.equal(since(select([named('a')], { a: at }, new Map(first)), 'a'), 100)
})

t.test('another control plane goes on with what the one before wrote down', async (t) => {
  const digest = select([named('a')], { a: at }).get('a')?.digest
  const status = (digest: unknown) => ({ selection: { digest, since: iso(at + 5 * second) } })
  t.equal(since(select([named('a')], { a: at + 9 * second }, new Map(), status(digest)), 'a'), 5)
  t.equal(since(select([named('a')], { a: at + 9 * second }, new Map(), status('another')), 'a'), 9)
  t.equal(since(select([named('a')], { a: at + 9 * second }, new Map(), status(7)), 'a'), 9)
})

t.test('managed fields tell when something below a path was written, by whomever it was', async (t) => {
  const entries = managed(['spec', at], ['spec', at + second], ['status', at + 9 * second])
  t.equal(writtenMs(entries, ['spec']), at + second)
  t.equal(writtenMs(entries, ['spec', 'x']), at + second)
  t.equal(writtenMs(entries, ['spec', 'y']), undefined)
  const [first] = entries.managedFields
  t.equal(
    writtenMs({ managedFields: [{ ...first, subresource: 'status' }] }, ['spec']),
    undefined,
    'a status is no spec',
  )
  t.equal(writtenMs({ managedFields: [{ ...first, time: new Date(at) }] }, ['spec']), at)
  t.equal(writtenMs({}, ['spec']), undefined)
})
