import fc from 'fast-check'
import t from 'tap'
import { defaultPolicy, type InjectionPolicy } from '../../../policy/schema/injection-policy.ts'
import type { Setup } from '../../../webhook/admit.ts'
import { createHandler, type FindSetup } from '../../../webhook/handler.ts'
import type { Outcome } from '../../../webhook/outcome.ts'
import { arbitraryPod } from '../support/arbitrary-pod.ts'
import type { Pod } from '../support/generated.ts'
import { applied, reviewOf } from '../support/review.ts'

const policies = {
  default: defaultPolicy,
  drained: { ...defaultPolicy, drain: { ...defaultPolicy.drain, max: 99_000 } },
}

let draws = 0
/** Of one length, as the real ones are. */
function drawToken(): string {
  draws += 1
  return `token-of-pod-${String(draws).padStart(11, '0')}`
}

const setupOf = (policy: InjectionPolicy): Setup => ({
  policy,
  image: 'greenroom:test',
  version: '0.0.0-test',
  namespace: 'greenroom-system',
  drawToken,
})

interface Known {
  readonly findSetup?: FindSetup
  readonly isReleased?: () => boolean
}

function start({ findSetup = () => setups.default, isReleased = () => false }: Known = {}) {
  const seen: { readonly uid: string; readonly outcome: Outcome; readonly isKnown: boolean }[] = []
  const handle = createHandler(findSetup, {
    observe: (uid, outcome, _, isKnown) => seen.push({ uid, outcome, isKnown }),
    nowMs: () => performance.now(),
    readRelease: async () => isReleased(),
  })
  const answer = async (body: string) => JSON.parse((await handle(Buffer.from(body))).text).response
  return { seen, answer }
}

const setups = { default: setupOf(policies.default), drained: setupOf(policies.drained) }

/** The third pod of a template is the first whose answer is known. */
const uids = [
  '705ab4f5-6393-11e8-b7cc-42010a800002',
  '11111111-0000-4000-8000-00000000000f',
  '22222222-0000-4000-8000-00000000000f',
] as const
const volumes = ['kube-api-access-x7k2p', 'kube-api-access-bbbbb', 'kube-api-access-ccccc'] as const

/** As the API server gives each container the service account's token. */
function withToken(pod: Pod, name: string): Pod {
  const mount = { name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }
  const mounted = (containers: Pod['spec']['containers'] | null | undefined) =>
    containers?.map((each) => ({ ...each, volumeMounts: [...(each.volumeMounts ?? []), mount] }))
  const { volumes, containers, initContainers, ...rest } = pod.spec
  return JSON.parse(
    JSON.stringify({
      ...pod,
      spec: {
        ...rest,
        volumes: [...(volumes ?? []), { name, projected: { sources: [] } }],
        containers: mounted(containers),
        initContainers: mounted(initContainers),
      },
    }),
  )
}

const orders = {
  metadata: { generateName: 'orders-', labels: { app: 'orders' }, annotations: { 'greenroom.dev/inject': 'true' } },
  spec: { containers: [{ name: 'app', readinessProbe: { httpGet: { path: '/', port: 8080 } } }] },
}
const held = { ...orders.metadata.annotations, 'greenroom.dev/hold': 'true' }

const decoded = ({ patch = '' }: { readonly patch?: string }) => Buffer.from(patch, 'base64').toString('utf8')

t.test('a pod of a known template gets what it would have got as the first', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryPod, async (drawn) => {
      const [first, second, third] = volumes.map((volume) => withToken(drawn as Pod, volume))
      const warm = start()
      await warm.answer(reviewOf(first ?? {}, { uid: uids[0] }))
      await warm.answer(reviewOf(second ?? {}, { uid: uids[1] }))
      const body = reviewOf(third ?? {}, { uid: uids[2] })
      // Those with 1,500 variables are too large to be known.
      fc.pre(body.length < 48 * 1024)
      const known = await warm.answer(body)
      const token = drawToken()
      const cold = await start({ findSetup: () => ({ ...setups.default, drawToken: () => token }) }).answer(body)
      // Each has a token of its own, of the same length.
      const plain = (text: string) => text.replaceAll(/token-of-pod-\d{11}/g, 'token')
      const isEqual =
        plain(decoded(known)) === plain(decoded(cold)) &&
        JSON.stringify({ ...known, patch: '' }) === JSON.stringify({ ...cold, patch: '' })
      return isEqual && warm.seen[2]?.isKnown === true && known.uid === uids[2]
    }),
    { numRuns: 300 },
  )
})

t.test('each gets a token of its own, and its own volume', async (t) => {
  const { answer } = start()
  const prepared = { 'greenroom.dev/pre-start': '/bin/prepare' }
  const pod = {
    ...orders,
    metadata: { ...orders.metadata, annotations: { ...orders.metadata.annotations, ...prepared } },
  }
  const patches = []
  for (const volume of volumes) {
    const body = withToken(pod as unknown as Pod, volume)
    const patch = decoded(await answer(reviewOf(body)))
    patches.push(patch)
    t.match(applied(body, JSON.parse(patch)).spec.initContainers?.at(-1), { name: 'greenroom-pre-start' })
    t.match(patch, volume)
  }
  const tokens = patches.map((patch) => new Set(patch.match(/token-of-pod-\d+/g)))
  t.strictSame(
    tokens.map(({ size }) => size),
    [1, 1, 1],
  )
  t.equal(new Set(tokens.flatMap((each) => [...each])).size, 3)
})

t.test('what is logged and counted is the same', async (t) => {
  const { answer, seen } = start()
  for (const uid of uids) await answer(reviewOf(orders, { uid }))
  t.strictSame(
    seen.map(({ uid }) => uid),
    uids,
  )
  t.strictSame(
    seen.map(({ isKnown }) => isKnown),
    [false, false, true],
  )
  t.strictSame(seen[0]?.outcome, seen[2]?.outcome)
})

t.test('another policy, or another namespace, decides anew', async (t) => {
  let current = setups.default
  const { answer, seen } = start({ findSetup: async () => current })
  const graceOf = async (request = {}) => {
    const operations = JSON.parse(decoded(await answer(reviewOf(orders, request))))
    return operations.find(({ path }: { path: string }) => path.endsWith('/terminationGracePeriodSeconds')).value
  }
  const before = await graceOf()
  t.equal(await graceOf(), before)
  current = setups.drained
  const after = await graceOf()
  t.ok(after > before)
  t.equal(await graceOf(), after)
  current = setups.default
  t.equal(await graceOf(), before)
  t.equal(await graceOf({ namespace: 'other' }), before)
  t.strictSame(
    seen.map(({ isKnown }) => isKnown),
    [false, false, false, true, false, false],
  )
})

t.test('its labels and namespace are asked about again', async (t) => {
  const asked: unknown[] = []
  const findSetup: FindSetup = (...question) => {
    asked.push(question)
    return setups.default
  }
  const { answer } = start({ findSetup })
  for (const uid of uids) await answer(reviewOf(orders, { uid }))
  t.strictSame(asked, Array(3).fill([{ app: 'orders' }, 'shop']))
})

t.test('whether a version is released is asked for each pod', async (t) => {
  let isReleased = false
  const { answer, seen } = start({ isReleased: () => isReleased })
  const ownerReferences = [{ kind: 'ReplicaSet', name: 'orders-1', controller: true }]
  const pod = { ...orders, metadata: { ...orders.metadata, annotations: held, ownerReferences } }
  const first = decoded(await answer(reviewOf(pod)))
  t.equal(decoded(await answer(reviewOf(pod))).length, first.length)
  isReleased = true
  t.not(decoded(await answer(reviewOf(pod))).length, first.length)
  t.strictSame(
    seen.map(({ isKnown }) => isKnown),
    [false, false, false],
  )
})

t.test('pods that are denied, or stay as they are, are known as well', async (t) => {
  const { answer, seen } = start()
  const denied = { ...orders, metadata: { ...orders.metadata, annotations: { 'greenroom.dev/nonsense': 'x' } } }
  const plain = { ...orders, metadata: { generateName: 'orders-' } }
  for (const [pod, allowed] of [
    [denied, false],
    [plain, true],
  ] as const) {
    const answers = []
    for (const uid of uids) answers.push(await answer(reviewOf(pod, { uid })))
    t.equal(answers[0].allowed, allowed)
    t.strictSame(answers[2], { ...answers[0], uid: uids[2] })
  }
  t.strictSame(
    seen.map(({ isKnown }) => isKnown),
    [false, false, true, false, false, true],
  )
})

t.test('a uid that is written twice is answered as JSON has it, each time', async (t) => {
  const { answer, seen } = start()
  const body = reviewOf(orders).replace('"kind":{', `"uid":"${uids[1]}","kind":{`)
  for (const _ of uids) t.equal((await answer(body)).uid, uids[1])
  t.strictSame(
    seen.map(({ isKnown }) => isKnown),
    [false, false, false],
  )
})

t.test('a name like that of the token volume in another place is worked out each time', async (t) => {
  const { annotations } = orders.metadata
  const [app] = orders.spec.containers
  const places = {
    'a label': (name: string) => ({ ...orders, metadata: { ...orders.metadata, labels: { app: name } } }),
    'its name': (name: string) => ({ ...orders, metadata: { ...orders.metadata, name } }),
    'an annotation': (name: string) => ({
      ...orders,
      metadata: { ...orders.metadata, annotations: { ...annotations, 'greenroom.dev/liveness': `x${name}` } },
    }),
    'a container': (name: string) => ({ ...orders, spec: { containers: [{ ...app, name }] } }),
    'a label beside a volume': (name: string) => ({
      metadata: { ...orders.metadata, labels: { app: name } },
      spec: { ...orders.spec, volumes: [{ name }] },
    }),
  }
  for (const [place, podOf] of Object.entries(places)) {
    const { answer, seen } = start()
    for (const volume of volumes) await answer(reviewOf(podOf(volume)))
    t.strictSame(
      seen.map(({ isKnown }) => isKnown),
      [false, false, false],
      place,
    )
  }
  const { answer, seen } = start()
  for (const namespace of volumes) await answer(reviewOf(orders, { namespace }))
  t.strictSame(
    seen.map(({ outcome }) => outcome.namespace),
    volumes,
  )
})

t.test('who was injected before is worked out', async (t) => {
  const { answer, seen } = start()
  const injected = applied(structuredClone(orders), JSON.parse(decoded(await answer(reviewOf(orders)))))
  for (const _ of uids) await answer(reviewOf(injected))
  t.strictSame(
    seen.map(({ isKnown }) => isKnown),
    [false, false, false, false],
  )
})

t.test('the templates that were not asked for longest are forgotten', async (t) => {
  const { answer, seen } = start()
  const ask = (number: number, labels: object) =>
    answer(reviewOf({ ...orders, metadata: { ...orders.metadata, generateName: `orders-${number}-`, labels } }))
  const isKnown = async (number: number, labels: object) => {
    await ask(number, labels)
    return seen.at(-1)?.isKnown
  }
  // Two of them may have one place, where only the last is remembered: asked twice in a row, each is kept.
  const askEachTwice = async (numbers: number, labels: object) => {
    for (let number = 0; number < numbers; number += 1) for (const _ of [1, 2]) await ask(number, labels)
  }
  // Far more in memory than as a text: fifty of them are more than there is room for.
  const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`label-${index}`, 'x']))
  await askEachTwice(60, many)
  t.equal(await isKnown(59, many), true)
  t.equal(await isKnown(0, many), false)
  await askEachTwice(501, {})
  t.equal(await isKnown(500, {}), true)
  t.equal(await isKnown(0, {}), false)
})
