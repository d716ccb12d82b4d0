import t from 'tap'
import { restart } from './support/component.ts'
import { kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod } from './support/pod.ts'
import {
  applyPolicy,
  type DryRun,
  deletePolicy,
  dryRun,
  injectingAlways,
  isInjected,
  setPolicy,
  statusAnnotationOf,
} from './support/policy.ts'
import { untilTrue } from './support/until-true.ts'
import { scaleWebhook } from './support/webhook.ts'

const shop = await createNamespace('policies-shop')
const other = await createNamespace('policies-other')
await kubectl('label', 'namespace', shop.name, 'team=shop')
const names = ['always', 'off', 'wrong', 'refused']
t.teardown(async () => {
  for (const name of names) await deletePolicy(name)
  await Promise.all([shop.remove(), other.remove()])
})

/** What a team writes that has never heard of Greenroom. */
const plainPod = (name: string, annotations: Record<string, string> = {}) => {
  const pod = ordersPod(name)
  return { ...pod, metadata: { ...pod.metadata, annotations } }
}

const always = injectingAlways('shop')

/** A registration's change reaches the API server's own admission a moment later than its readers. */
async function untilDryRun(namespace: string, pod: object, isSo: (run: DryRun) => boolean): Promise<DryRun> {
  let last: DryRun = { pod: undefined, output: '' }
  const look = async () => {
    last = await dryRun(namespace, pod)
    return isSo(last)
  }
  await untilTrue(look, Date.now() + 30_000, 100)
  return last
}

t.test('a policy injects pods that do not ask, of its namespaces and of no others', async (t) => {
  t.notOk(isInjected(await dryRun(shop.name, plainPod('orders'))), 'not before')
  await setPolicy('always', always)
  const run = await untilDryRun(shop.name, plainPod('orders'), isInjected)
  t.match(statusAnnotationOf(run), { decision: 'inject', policy: 'always' })
  t.notMatch(run.output, /Warning/, 'nobody is told of what went right')
  const outside = await dryRun(other.name, plainPod('orders'))
  t.notOk(isInjected(outside))
  t.equal(statusAnnotationOf(outside), undefined, 'not even a note')
  const [row = ''] = (await kubectl('get', 'injectionpolicies', '--no-headers'))
    .split('\n')
    .filter((line) => line.startsWith('always'))
  t.match(row, /^always +always +10 +True /)
})

t.test('such a pod lives as one that asked', async (t) => {
  await shop.create(plainPod('alive'))
  const pod = await shop.until('alive', 'Ready', isReady)
  t.equal(pod.metadata.labels?.['greenroom.dev/injected'], 'true')
  await shop.delete('alive')
  await shop.untilGone('alive')
})

t.test('a pod says that it is not to be injected, where the policy lets it', async (t) => {
  const optOut = plainPod('orders', { 'greenroom.dev/inject': 'false' })
  t.match(statusAnnotationOf(await dryRun(shop.name, optOut)), { decision: 'skip', reason: 'InjectFalse' })
  await setPolicy('always', { ...always, optOut: false, overrides: ['pre-*'] })
  const refused = await untilDryRun(shop.name, optOut, ({ pod }) => !pod)
  t.match(refused.output, 'AnnotationNotAllowed: annotation greenroom.dev/inject is "false"')
  t.match(refused.output, 'its optOut is false')
  const { output } = await dryRun(shop.name, plainPod('orders', { 'greenroom.dev/drain': 'max=1s' }))
  t.match(output, 'AnnotationNotAllowed: annotation greenroom.dev/drain')
  t.ok(isInjected(await dryRun(shop.name, plainPod('orders', { 'greenroom.dev/pre-online-timeout': '5s' }))))
  await setPolicy('always', always)
})

t.test('what stands in the way of a pod that did not ask is written down, and never denied', async (t) => {
  const pod = plainPod('orders')
  const [container] = pod.spec.containers
  const probeless = { ...pod, spec: { ...pod.spec, containers: [{ ...container, readinessProbe: undefined }] } }
  const run = await dryRun(shop.name, probeless)
  t.match(statusAnnotationOf(run), { decision: 'skip', reason: 'CheckurlMissing', policy: 'always' })
  t.match(run.output, 'Warning: CheckurlMissing')
  t.notOk(isInjected(run))
})

t.test('a policy above the others that is Off turns all off, and on again when it goes', async (t) => {
  await setPolicy('off', { priority: 1_000_000, mode: 'Off' })
  const asking = await untilDryRun(shop.name, ordersPod('orders'), (run) => !isInjected(run))
  t.match(statusAnnotationOf(asking), { decision: 'skip', reason: 'PolicyOff', policy: 'off' })
  t.notOk(isInjected(await dryRun(shop.name, plainPod('orders'))))
  await deletePolicy('off')
  t.ok(isInjected(await untilDryRun(shop.name, ordersPod('orders'), isInjected)))
  t.ok(isInjected(await untilDryRun(shop.name, plainPod('orders'), isInjected)))
})

t.test('the API server refuses what it can see, with the place and what was expected', async (t) => {
  const mistakes: readonly (readonly [object, RegExp])[] = [
    [{ drain: { max: 'soon' } }, /spec\.drain\.max.*should match/],
    [{ mode: 'off' }, /spec\.mode: Unsupported value: "off": supported values: "On", "Off"/],
    [{ drian: {} }, /unknown field .*drian/],
    [{ failurePolicy: 'Fail' }, /failurePolicy Fail is for inject: always/],
    [{ authorization: { endpoint: 'http://a', requests: {} } }, /spec\.authorization/],
    [{ announce: ['nobody'] }, /announce has to name announcers of the policy/],
    [{ announcers: [{ name: 'a', type: 'consul' }] }, /type consul has .*and needs serviceId/],
    [{ ports: [15_001] }, /a port not reserved for Istio's proxy/],
    [{ podSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }, /values with In and NotIn/],
  ]
  for (const [spec, expected] of mistakes) {
    const { code, output } = await applyPolicy('refused', spec)
    t.equal(code, 1)
    t.match(output, expected)
  }
})

t.test('what only Greenroom can see leaves the version before it, also after a restart', async (t) => {
  await setPolicy('wrong', { ...always, priority: 20 })
  t.match(statusAnnotationOf(await untilDryRun(shop.name, plainPod('orders'), isInjected)), { policy: 'wrong' })
  const typo = { ...always, priority: 20, overrides: ['drian'] }
  t.equal((await applyPolicy('wrong', typo)).code, 0)
  await kubectl('wait', 'injectionpolicy/wrong', '--for=condition=Accepted=False', '--timeout=30s')
  const [row = ''] = (await kubectl('get', 'injectionpolicies', '-o', 'wide', '--no-headers'))
    .split('\n')
    .filter((line) => line.startsWith('wrong'))
  t.match(row, /False +PolicyMalformed: policy wrong at spec\.overrides\.0 is "drian"/)
  t.match(statusAnnotationOf(await dryRun(shop.name, plainPod('orders'))), { policy: 'wrong' }, 'it holds still')
  await restart('greenroom')
  const run = await dryRun(shop.name, plainPod('orders', { 'greenroom.dev/drain': 'max=1s' }))
  t.match(statusAnnotationOf(run), { policy: 'wrong', decision: 'inject' })
  await deletePolicy('wrong')
})

t.test('with no webhook left, pods that ask are refused, and others as their policy says', async (t) => {
  t.teardown(() => scaleWebhook(2))
  await setPolicy('always', always)
  await untilDryRun(shop.name, plainPod('orders'), isInjected)
  await scaleWebhook(0)
  const refused = await untilDryRun(shop.name, ordersPod('orders'), ({ pod }) => !pod)
  t.match(refused.output, /Greenroom did not answer, and this pod asks for it .*Look why/)
  const ignored = await dryRun(shop.name, plainPod('orders'))
  t.ok(ignored.pod && !isInjected(ignored), 'failurePolicy Ignore')
  const bystander = await dryRun(other.name, plainPod('orders'))
  t.ok(bystander.pod)
  t.ok((await dryRun('kube-system', ordersPod('orders'))).pod, 'kube-system needs nobody')
  t.ok((await dryRun(shop.name, plainPod('orders', { 'greenroom.dev/inject': 'false' }))).pod, 'nor does who stays out')
  await scaleWebhook(2)
  t.ok(isInjected(await untilDryRun(shop.name, ordersPod('orders'), isInjected)), 'and all is back by itself')

  await setPolicy('always', { ...always, failurePolicy: 'Fail' })
  const failing = '{.webhooks[?(@.name=="always.policy.greenroom.dev")].failurePolicy}'
  await kubectl(
    'wait',
    'mutatingwebhookconfiguration/greenroom-policies',
    `--for=jsonpath=${failing}=Fail`,
    '--timeout=60s',
  )
  await scaleWebhook(0)
  const closed = await untilDryRun(shop.name, plainPod('orders'), ({ pod }) => !pod)
  t.match(closed.output, /always\.policy\.greenroom\.dev/)
  const pod = plainPod('orders')
  const ofWindows = { ...pod, spec: { ...pod.spec, nodeSelector: { 'kubernetes.io/os': 'windows' } } }
  t.ok((await dryRun(shop.name, ofWindows)).pod, 'what would be left alone waits for nobody')
  t.ok((await dryRun(other.name, plainPod('orders'))).pod)
})
