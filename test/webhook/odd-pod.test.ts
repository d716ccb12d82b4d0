import t from 'tap'
import { podSchema } from '../../policy/schema/pod.ts'
import { admit } from '../../webhook/admit.ts'
import { setup } from './support/webhook.ts'

/** As long as the text of a review may well be; whoever takes more than linear time for it takes minutes. */
const length = 1_000_000
/** Milliseconds are expected; a busy machine gets a hundred times of that. */
const limitMs = 5_000

const annotations = { 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': ':1/' }
const controller = { kind: 'ReplicaSet', name: 'x', controller: true }
const podOf = (fields: { metadata?: object; annotations?: object; app?: object }) => ({
  metadata: {
    ownerReferences: [controller],
    ...fields.metadata,
    annotations: { ...annotations, ...fields.annotations },
  },
  spec: { containers: [{ name: 'app', ...fields.app }] },
})

/** The API server asks before it validates: any text may be anywhere. */
const pods = {
  'a path of slashes': podOf({ annotations: { 'greenroom.dev/healthcheck-dir': `${'/'.repeat(length)}x` } }),
  'a mount at slashes': podOf({ app: { volumeMounts: [{ name: 'x', mountPath: `${'/'.repeat(length)}x` }] } }),
  'a name of hyphens': podOf({ metadata: { generateName: `${'-'.repeat(length)}x`, ownerReferences: [] } }),
  'a long unknown key': podOf({ annotations: { [`greenroom.dev/${'a'.repeat(length)}`]: '' } }),
  'many unknown keys': podOf({
    annotations: Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`greenroom.dev/k${index}`, ''])),
  }),
}

for (const [name, pod] of Object.entries(pods)) {
  t.test(`a pod with ${name} is decided about at once, and in few words`, async (t) => {
    const parsed = podSchema.parse(pod)
    const startMs = performance.now()
    const { decision, operations } = admit(parsed, 'shop', setup())
    t.ok(performance.now() - startMs < limitMs)
    const status = operations.find(({ path }) => path.endsWith('~1status'))
    t.ok(JSON.stringify(status ?? '').length < 20_000)
    t.ok(decision.problems.length <= 20)
  })
}
