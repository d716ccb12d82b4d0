import fc from 'fast-check'
import t from 'tap'
import { fingerprintOf } from '../../../webhook/templates/fingerprint.ts'
import { reviewOf } from '../support/review.ts'

const uids = ['705ab4f5-6393-11e8-b7cc-42010a800002', '00000000-0000-0000-0000-00000000000f'] as const

interface Drawn {
  readonly uid?: string
  /** In its spec and in a mount. */
  readonly volume?: string
}

const podOf = (volume: string) => ({
  metadata: { generateName: 'orders-', annotations: { note: `beside ${volume}` } },
  spec: { volumes: [{ name: volume }], containers: [{ name: 'ä', volumeMounts: [{ name: volume, mountPath: '/a' }] }] },
})

const bodyOf = ({ uid = uids[0], volume = 'kube-api-access-x7k2p' }: Drawn = {}) =>
  Buffer.from(reviewOf(podOf(volume), { uid }))

t.test('uid and token volume are told, and are not of the digest', async (t) => {
  const first = fingerprintOf(bodyOf())
  const other = fingerprintOf(bodyOf({ uid: uids[1], volume: 'kube-api-access-bbbbb' }))
  t.match(first, { uid: uids[0], tokenVolume: 'kube-api-access-x7k2p', tokenPlaces: 3, digest: /^[\da-f]{64}$/ })
  t.match(other, { uid: uids[1], tokenVolume: 'kube-api-access-bbbbb', digest: first?.digest })
})

t.test('a pod without a token has a fingerprint too, and another one', async (t) => {
  const body = bodyOf({ volume: 'config' })
  const { digest, ...rest } = fingerprintOf(body) ?? {}
  t.strictSame(rest, { uid: uids[0], tokenVolume: undefined, tokenPlaces: 0, bytes: body.length })
  t.not(digest, fingerprintOf(bodyOf())?.digest)
})

t.test('the body stays as it was', async (t) => {
  const body = bodyOf()
  fingerprintOf(body)
  t.ok(body.equals(bodyOf()))
})

t.test('any other byte makes another digest, or none', async () => {
  const body = bodyOf()
  const { digest } = fingerprintOf(body) ?? {}
  const own = [uids[0], 'kube-api-access-x7k2p'].flatMap((text) =>
    [...body.toString('latin1').matchAll(new RegExp(text, 'g'))].map(({ index }) => [index, index + text.length]),
  )
  const isOwn = (at: number) => own.some(([from = 0, to = 0]) => at >= from && at < to)
  fc.assert(
    fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      fc.pre(!isOwn(at))
      const changed = Buffer.from(body)
      changed[at] = (changed[at] ?? 0) ^ change
      return fingerprintOf(changed)?.digest !== digest
    }),
    { numRuns: 2_000 },
  )
})

t.test('what is not as an API server writes it has none', async (t) => {
  const odd = {
    nothing: Buffer.alloc(0),
    'another order': Buffer.from(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' })),
    'a uid that is none': bodyOf({ uid: 'x'.repeat(36) }),
    'a uid of the blanks': Buffer.from(bodyOf().fill(0xff, 79, 79 + 36)),
    'a short uid': bodyOf({ uid: 'a' }),
    'a long uid': bodyOf({ uid: 'a'.repeat(37) }),
    'its uid once more': Buffer.from(`${bodyOf()}${uids[0]}`),
    'a byte of the blanks in place of a volume': Buffer.from(bodyOf().fill(0xff, bodyOf().indexOf('kube-api'))),
    'a volume that Kubernetes does not draw': bodyOf({ volume: 'kube-api-access-aeiou' }),
    'a short volume': bodyOf({ volume: 'kube-api-access-a' }),
    'two of them': Buffer.from(`${bodyOf()}kube-api-access-bbbbb`),
    'one of the blanks': Buffer.concat([bodyOf(), Buffer.from('kube-api-access-'), Buffer.alloc(5, 0xff)]),
    'a large one': Buffer.concat([bodyOf(), Buffer.alloc(64 * 1024)]),
  }
  for (const [name, body] of Object.entries(odd)) t.equal(fingerprintOf(body), undefined, name)
})
