import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { podSchema } from '../../policy/schema/pod.ts'
import { admit } from '../../webhook/admit.ts'
import { arbitraryPod, type JsonPod } from './support/arbitrary-pod.ts'
import { applied } from './support/review.ts'
import { setup } from './support/webhook.ts'

const verdictOn = (pod: object) => admit(podSchema.parse(pod), 'shop', setup())

/** The pod after admission. Its own copy of every value, for fast-json-patch shares them. */
const admitted = (pod: JsonPod): JsonPod =>
  applied(structuredClone(pod), structuredClone([...verdictOn(pod).operations]))

t.test('patches apply to any pod', async () => {
  fc.assert(fc.property(arbitraryPod, (pod) => verdictOn(pod).decision.kind === 'inject' && Boolean(admitted(pod))))
})

t.test('a second pass over any pod gives no operation', async () => {
  fc.assert(
    fc.property(arbitraryPod, (pod) => {
      const { decision, operations } = verdictOn(admitted(pod))
      return decision.kind === 'inject' && operations.length === 0
    }),
  )
})

/** What is written into existing members; whatever else a pod has must come out as it went in. */
const written = new Set([
  '/metadata/labels',
  '/metadata/annotations',
  '/spec/volumes',
  '/spec/initContainers',
  '/spec/terminationGracePeriodSeconds',
  '/spec/resources',
  '/app/command',
  '/app/volumeMounts',
  '/app/lifecycle',
  '/app/livenessProbe',
])

/** The pod's members by path, those of the app container under `/app`. */
function membersOf({ metadata, spec: { containers, ...spec } }: JsonPod): ReadonlyMap<string, unknown> {
  const others = containers.filter(({ name }) => name !== 'app')
  const app = containers.find(({ name }) => name === 'app') ?? {}
  const parts = { metadata, spec, app, others: Object.fromEntries(others.entries()) }
  return new Map(
    Object.entries(parts).flatMap(([part, members]) =>
      Object.entries(members).map(([key, value]) => [`/${part}/${key}`, value] as const),
    ),
  )
}

t.test('unknown fields survive, and so does every known one that is not written', async (t) => {
  fc.assert(
    fc.property(arbitraryPod, (pod) => {
      const after = membersOf(admitted(pod))
      for (const [path, value] of membersOf(pod)) {
        if (!written.has(path) && !isDeepStrictEqual(after.get(path), value)) return false
      }
      return true
    }),
  )
  t.equal(membersOf({ metadata: { a: 1 }, spec: { b: 2, containers: [{ name: 'app', c: 3 }] } }).size, 4)
})

/** Whether every item of a list is in another, in the same order. */
function isSubsequence(items: readonly unknown[], list: readonly unknown[]): boolean {
  let at = 0
  for (const item of list) if (isDeepStrictEqual(item, items[at])) at += 1
  return at === items.length
}

const listAt = (members: ReadonlyMap<string, unknown>, path: string): readonly unknown[] => {
  const list = members.get(path)
  return Array.isArray(list) ? list : []
}

t.test('lists keep what they had, in its order', async () => {
  fc.assert(
    fc.property(arbitraryPod, (pod) => {
      const [before, after] = [membersOf(pod), membersOf(admitted(pod))]
      return ['/spec/volumes', '/spec/initContainers', '/app/volumeMounts'].every((path) =>
        isSubsequence(listAt(before, path), listAt(after, path)),
      )
    }),
  )
})

t.test('the token is drawn once for a pod', async (t) => {
  const pod = { metadata: { annotations: { 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': 'tcp://:1' } } }
  const first = admitted({ ...pod, spec: { containers: [{ name: 'app' }] } })
  const again = admit(podSchema.parse(first), 'shop', { ...setup(), drawToken: () => 'another' })
  t.strictSame(again.operations, [])
})

t.test('a copied pod with another annotation has its settings and handlers renewed, and nothing else', async (t) => {
  const annotations = { 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': 'tcp://:1' }
  const first = admitted({ metadata: { annotations }, spec: { containers: [{ name: 'app' }] } })
  const copied = { ...first, metadata: { annotations: { ...annotations, 'greenroom.dev/drain': 'max=9s' } } }
  const paths = verdictOn(copied)
    .operations.map(({ op, path }) => `${op} ${path}`)
    .filter((text) => text.includes('/spec/'))
  t.strictSame(paths, ['replace /spec/initContainers/0/env/0/value', 'add /spec/containers/0/lifecycle/preStop'])
})

t.test(
  'a changed preStart is taken over from a pass to the next, and one that is switched off is unwrapped',
  async (t) => {
    const annotations = { 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': 'tcp://:1' }
    const changes = (app: object, before: Record<string, string>, after: Record<string, string>) => {
      const spec = { containers: [{ name: 'app', ...app }] }
      const first = admitted({ metadata: { annotations: { ...annotations, ...before } }, spec })
      const { operations } = verdictOn({ ...first, metadata: { annotations: { ...annotations, ...after } } })
      return operations.filter(({ path }) => path.endsWith('/command')).map(({ path, value }) => [path, value])
    }
    const launch = [
      '/greenroom/busybox',
      'sh',
      '/greenroom/launch',
      '/run/greenroom',
      '300',
      'required',
      '1',
      '/two',
      '--',
    ]
    const [one, two] = [{ 'greenroom.dev/pre-start': '/one' }, { 'greenroom.dev/pre-start': '/two' }]
    const app = '/spec/containers/0/command'
    t.strictSame(changes({ command: ['/app'] }, one, two), [[app, [...launch, '/app']]])
    t.strictSame(changes({ command: ['/app'] }, one, { 'greenroom.dev/pre-start': 'off' }), [[app, ['/app']]])
    const twin = '/spec/initContainers/1/command'
    t.strictSame(changes({}, one, two), [[twin, [...launch, '/greenroom/busybox', 'true']]])
  },
)
