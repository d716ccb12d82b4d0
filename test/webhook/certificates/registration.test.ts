import t from 'tap'
import { bundleOperations, publishBundle } from '../../../webhook/certificates/registration.ts'

const webhook = (caBundle?: string) => ({
  name: 'opt-in.greenroom.dev',
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  clientConfig: { ...(caBundle !== undefined && { caBundle }) },
})

const registration = (...bundles: (string | undefined)[]) => ({
  metadata: { resourceVersion: '7' },
  webhooks: bundles.map(webhook),
})

t.test('every webhook without the bundle gets it, guarded by the version that was read', async (t) => {
  t.strictSame(bundleOperations(registration(undefined, 'new', 'old'), 'new'), [
    { op: 'test', path: '/metadata/resourceVersion', value: '7' },
    { op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: 'new' },
    { op: 'add', path: '/webhooks/2/clientConfig/caBundle', value: 'new' },
  ])
})

t.test('a registration that trusts us is not written', async (t) => {
  t.strictSame(bundleOperations(registration('new'), 'new'), [])
  const api = {
    readMutatingWebhookConfiguration: async () => registration(Buffer.from('cert').toString('base64')),
    patchMutatingWebhookConfiguration: async () => {
      throw new Error('patched')
    },
  }
  t.equal(await publishBundle(api, 'greenroom', 'cert'), false)
})
