import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { podSchema } from '../../policy/schema/pod.ts'
import { isPod } from '../../webhook/pod-shape.ts'
import { parseReview } from '../../webhook/review.ts'
import { admissionReviewSchema } from './support/admission-review.ts'
import { arbitraryPod } from './support/arbitrary-pod.ts'
import { reviewOf } from './support/review.ts'

/** A pod with every field that Greenroom reads. */
const whole = {
  metadata: {
    name: 'orders',
    generateName: 'orders-',
    namespace: 'shop',
    annotations: { a: 'b' },
    labels: { a: 'b' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'orders', controller: true }],
  },
  spec: {
    hostNetwork: false,
    hostPID: false,
    hostUsers: true,
    shareProcessNamespace: false,
    runtimeClassName: 'runc',
    nodeName: 'node-1',
    nodeSelector: { disk: 'ssd' },
    os: { name: 'linux' },
    volumes: [{ name: 'data', hostPath: { path: '/data' } }],
    imagePullSecrets: [{ name: 'registry' }],
    terminationGracePeriodSeconds: 30,
    resources: { requests: { cpu: 1 }, limits: { memory: '1Gi' } },
    initContainers: [{ name: 'first' }],
    containers: [
      {
        name: 'app',
        command: ['a'],
        args: ['b'],
        env: [{ name: 'A', value: 'b' }],
        ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        terminationMessagePath: '/dev/termination-log',
        resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } },
        lifecycle: {
          postStart: { exec: { command: ['a'] } },
          preStop: { httpGet: { path: '/', port: 'http', host: '', scheme: 'HTTP' }, sleep: { seconds: 1 } },
        },
        readinessProbe: {
          httpGet: { port: 8080, httpHeaders: [{ name: 'a', value: 'b' }] },
          initialDelaySeconds: 1,
          periodSeconds: 1,
          timeoutSeconds: 1,
          successThreshold: 1,
          failureThreshold: 1,
          terminationGracePeriodSeconds: 1,
        },
        startupProbe: { exec: { command: ['a'] } },
        livenessProbe: { tcpSocket: { port: 1, host: '' } },
      },
    ],
  },
}

/** Every place in a JSON value, as the keys that lead to it. */
function placesIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  const inside = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return [path, ...inside.flatMap(([key, child]) => placesIn(child, [...path, key]))]
}

/** The value with another one at a place; undefined: nothing there. */
function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined || typeof value !== 'object' || value === null) return by
  const entries = Object.entries(value).map(([each, child]) => [each, each === key ? replaced(child, rest, by) : child])
  return Array.isArray(value) ? entries.map(([, child]) => child) : Object.fromEntries(entries)
}

const oddities = [undefined, null, true, 0, '', 'x', [], [null], {}, { a: 1 }, { a: null }, Number.POSITIVE_INFINITY]

t.test('with anything anywhere in it a pod is read exactly where the schema takes it', async (t) => {
  const places = placesIn(whole)
  t.ok(places.length >= 90)
  const counts = { read: 0, refused: 0 }
  for (const place of places)
    for (const oddity of oddities) {
      const pod = replaced(structuredClone(whole), place, oddity)
      const { success } = podSchema.safeParse(structuredClone(pod))
      if (isPod(pod) !== success) t.fail(`${place.join('.')}: ${JSON.stringify(oddity)}`)
      counts[success ? 'read' : 'refused'] += 1
    }
  t.ok(counts.read > 200 && counts.refused > 400, JSON.stringify(counts))
})

t.test('what is read is the same object, and what the schema makes of it', async () => {
  fc.assert(
    fc.property(arbitraryPod, (pod) => {
      const schema = podSchema.parse(structuredClone(pod))
      return isPod(pod) && isDeepStrictEqual(pod, schema)
    }),
  )
})

t.test('a header without a value has the empty one', async (t) => {
  const pod = {
    metadata: {},
    spec: { containers: [{ name: 'app', readinessProbe: { httpGet: { port: 1, httpHeaders: [{ name: 'a' }] } } }] },
  }
  const schema = podSchema.parse(structuredClone(pod))
  t.ok(isPod(pod))
  t.strictSame(pod, schema)
})

t.test('a review is read exactly where its schema takes it', async (t) => {
  const review = JSON.parse(reviewOf(whole))
  const places = placesIn({ ...review, request: { ...review.request, object: null } })
  for (const place of places)
    for (const oddity of oddities.slice(0, -1)) {
      const text = JSON.stringify(replaced(review, place, oddity) ?? null)
      const { success, data } = admissionReviewSchema.safeParse(JSON.parse(text))
      const read = parseReview(Buffer.from(text))
      t.equal(read !== undefined, success, `${place.join('.')}: ${JSON.stringify(oddity)}`)
      if (!read || !data) continue
      const { uid, namespace, operation, dryRun } = data.request
      t.match(read, { uid, namespace, operation, dryRun })
    }
})
