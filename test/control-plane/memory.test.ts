import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { type PodFacts, parsePodFacts } from '../../control-plane/pod-facts.ts'
import { surveyPods } from '../../control-plane/survey.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { at, podObject, record, second } from './pods.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const pods = 10_000

/** As large as pods of real clusters are: eight kilobytes, of which nearly nothing is kept. */
function podText(index: number): string {
  const app = `service-${index % 500}`
  const labels = {
    'app.kubernetes.io/name': app,
    'app.kubernetes.io/instance': `${app}-production`,
    'app.kubernetes.io/version': `1.${index % 500}.0`,
    'pod-template-hash': (index % 500).toString(36).padStart(10, 'b'),
    team: `team-${index % 40}`,
  }
  const isInjected = index % 4 !== 0
  const recorded = record('inject', 'Injected', { policy: 'shops', container: 'app', port: 15_720, application: app })
  const annotations = {
    'greenroom.dev/inject': 'true',
    'greenroom.dev/drain': `max=${index % 60}s`,
    'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z',
    ...(isInjected && recorded),
  }
  const env = Array.from({ length: 40 }, (_, nth) => ({
    name: `SETTING_${nth}`,
    value: `value-${index}-${nth}`.repeat(12),
  }))
  const uid = `${index.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`
  const owner = { kind: 'ReplicaSet', uid: `${index % 500}-owner` }
  const spec = { containers: [{ name: 'app', image: 'registry.example.com/app:1', env }] }
  return JSON.stringify(
    podObject({
      name: `${app}-${uid.slice(0, 10)}`,
      uid,
      namespace: `team-${index % 40}`,
      labels,
      annotations,
      owner,
      isInjected,
      spec,
    }),
  )
}

t.test('ten thousand pods fit into a small heap, and are looked through in a moment', async (t) => {
  t.ok(podText(1).length > 7_000, `${podText(1).length} bytes each`)
  collect()
  const before = process.memoryUsage().heapUsed
  const kept = new Map<string, PodFacts>()
  for (let index = 0; index < pods; index += 1) {
    const facts = parsePodFacts(JSON.parse(podText(index)))
    if (facts) kept.set(facts.uid, facts)
  }
  collect()
  const mebibytes = (process.memoryUsage().heapUsed - before) / 2 ** 20
  t.equal(kept.size, pods)
  t.ok(mebibytes < 40, `${mebibytes.toFixed(1)} MiB`)

  const namespaceSelector = { matchLabels: { kind: 'team' }, matchExpressions: [] }
  const names = Array.from({ length: 10 }, (_, index) => `policy-${index}`)
  const begin = performance.now()
  const { missed, tallies } = surveyPods({
    pods: kept.values(),
    policies: [
      ...names.map((name) => ({ name, policy: { ...defaultPolicy, namespaceSelector } })),
      { name: 'shops', policy: { ...defaultPolicy, inject: 'always' } },
    ],
    selections: new Map([['shops', { digest: '', sinceMs: at - second }]]),
    namespaceOf: (name) => ({ name, version: '1', labels: {}, createdMs: at - second, labelledMs: {} }),
    ownNamespace: 'ours',
  })
  const tookMs = performance.now() - begin
  t.equal(missed.length, pods / 4)
  t.equal(tallies.get('shops')?.injected, (pods * 3) / 4)
  t.ok(tookMs < 1_000, `${tookMs.toFixed(0)} ms`)
  t.comment(`${mebibytes.toFixed(1)} MiB, ${tookMs.toFixed(0)} ms`)
})
