import fc from 'fast-check'
import t from 'tap'
import { judge } from '../../control-plane/verdict.ts'
import { defaultPolicy, type InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import { at, type PodSketch, pod, record, second } from './pods.ts'

interface Row {
  readonly name: string
  readonly pod?: PodSketch
  readonly policy?: Partial<InjectionPolicy>
  readonly selectedMs?: number
  readonly isSure?: boolean
  readonly installedMs?: number
  readonly expected: string
}

const asking = { annotations: { 'greenroom.dev/inject': 'true' } }
const askingLater = { laterMs: { 'greenroom.dev/inject': at + second } }
const refusing = { annotations: { 'greenroom.dev/inject': 'false' } }
const mirror = { annotations: { 'kubernetes.io/config.mirror': 'x' } }

/** The rows of the table above `judge`, under a policy with `inject: always` that is older than the pod. */
const table: readonly Row[] = [
  { name: 'has the sidecar', pod: { isInjected: true }, expected: 'injected' },
  { name: 'of kube-system', pod: { namespace: 'kube-system' }, expected: 'unwanted NamespaceExcluded' },
  { name: "of Greenroom's own namespace", pod: { namespace: 'ours' }, expected: 'unwanted NamespaceExcluded' },
  { name: 'policy Off', policy: { mode: 'Off' }, expected: 'unwanted PolicyOff' },
  { name: 'mirror', pod: mirror, expected: 'unwanted MirrorPod' },
  { name: 'hostNetwork', pod: { spec: { hostNetwork: true } }, expected: 'unwanted HostNetwork' },
  { name: 'Windows', pod: { spec: { os: { name: 'windows' } } }, expected: 'unwanted WindowsPod' },
  {
    name: 'a skip is recorded',
    pod: { annotations: record('skip', 'CheckurlMissing') },
    expected: 'skipped CheckurlMissing',
  },
  { name: 'says no', pod: refusing, expected: 'unwanted InjectFalse' },
  {
    name: 'says no by a label',
    pod: { labels: { 'greenroom.dev/inject': 'false' } },
    expected: 'unwanted InjectFalse',
  },
  { name: 'says no, and may not', pod: refusing, policy: { optOut: false }, expected: 'missed' },
  { name: 'does not ask, nor does the policy', policy: { inject: 'asked' }, expected: 'unwanted NotRequested' },
  {
    name: 'asks, where pods may say nothing else',
    pod: asking,
    policy: { inject: 'asked', overrides: [] },
    expected: 'missed',
  },
  { name: 'asks, and is older than Greenroom', pod: asking, installedMs: at + second, expected: 'before' },
  { name: 'asks, and is older than the policy', pod: asking, selectedMs: at + second, expected: 'missed' },
  { name: 'does not ask, and is older than the policy', selectedMs: at + second, expected: 'before' },
  { name: 'does not ask, and is of the same second', selectedMs: at, expected: 'before' },
  { name: 'does not ask, and is older than Greenroom', installedMs: at, expected: 'before' },
  { name: 'asks', pod: asking, policy: { inject: 'asked' }, expected: 'missed' },
  { name: 'asks unreadably', pod: { annotations: { 'greenroom.dev/inject': 'yes' } }, expected: 'missed' },
  { name: 'does not ask', expected: 'missed' },
  { name: 'does not ask, and may have been selected later', isSure: false, expected: 'missed, perhaps' },
  { name: 'asks, and may have been selected later', pod: asking, isSure: false, expected: 'missed' },
  {
    name: 'was told to ask when it was there',
    pod: { ...asking, ...askingLater },
    policy: { inject: 'asked' },
    expected: 'missed, perhaps',
  },
  {
    name: 'asks since nobody knows when',
    pod: { ...asking, isManaged: false },
    policy: { inject: 'asked' },
    expected: 'missed, perhaps',
  },
  {
    name: 'was told to ask when it was there, and is older than the policy',
    pod: { ...asking, ...askingLater },
    selectedMs: at,
    expected: 'before',
  },
  {
    name: 'has the annotations of an injected pod',
    pod: { annotations: record('inject', 'Injected') },
    expected: 'missed',
  },
]

const verdictOf = ({
  pod: sketch,
  policy,
  selectedMs = at - second,
  isSure = true,
  installedMs = at - 2 * second,
}: Omit<Row, 'name' | 'expected'>) =>
  judge({
    pod: pod(sketch),
    policy: { ...defaultPolicy, inject: 'always', ...policy },
    tenure: { sinceMs: selectedMs, isSure },
    installedMs,
    ownNamespace: 'ours',
  })

for (const { name, expected, ...row } of table)
  t.test(`a pod that ${name} is ${expected}`, async (t) => {
    const verdict = verdictOf(row)
    const found = 'reason' in verdict ? `${verdict.kind} ${verdict.reason}` : verdict.kind
    t.equal('isSure' in verdict && !verdict.isSure ? `${found}, perhaps` : found, expected)
  })

const sketches = fc.record({
  isInjected: fc.boolean(),
  namespace: fc.constantFrom('shop', 'kube-system', 'ours'),
  annotations: fc.constantFrom(
    {},
    asking.annotations,
    refusing.annotations,
    mirror.annotations,
    record('skip', 'HostNetwork'),
  ),
  spec: fc.constantFrom({}, { hostNetwork: true }),
  createdMs: fc.integer({ min: -5, max: 5 }).map((seconds) => at + seconds * second),
})
const policies = fc.record({
  mode: fc.constantFrom('On' as const, 'Off' as const),
  inject: fc.constantFrom('asked' as const, 'always' as const),
  optOut: fc.boolean(),
})

t.test('no pod is missed that has Greenroom, that is exempt, or whose policy is Off', async () => {
  fc.assert(
    fc.property(sketches, policies, (sketch, policy) => {
      const isMissed = verdictOf({ pod: sketch, policy }).kind === 'missed'
      const isExempt = sketch.namespace !== 'shop' || 'hostNetwork' in sketch.spec || policy.mode === 'Off'
      return !isMissed || !(sketch.isInjected || isExempt)
    }),
  )
})

t.test('the later a policy holds, the fewer are missed', async () => {
  fc.assert(
    fc.property(sketches, policies, fc.nat(10), fc.nat(10), (sketch, policy, early, late) => {
      const when = (seconds: number) => verdictOf({ pod: sketch, policy, selectedMs: at + (seconds - 5) * second }).kind
      return when(Math.max(early, late)) !== 'missed' || when(Math.min(early, late)) === 'missed'
    }),
  )
})
