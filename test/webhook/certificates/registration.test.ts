import { ApiException } from '@kubernetes/client-node'
import t from 'tap'
import {
  bundleOperations,
  bundlesOf,
  publishBundle,
  readRegistrations,
  registrationsNamed,
} from '../../../webhook/certificates/registration.ts'

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

/** An API server that has these, by kind and name, and notes what is patched. */
function createApi(present: Readonly<Record<string, ReturnType<typeof registration>>>) {
  const patched: { readonly name: string; readonly body: readonly object[] }[] = []
  const read =
    (kind: string) =>
    async ({ name }: { name: string }) => {
      const found = present[`${kind} ${name}`]
      if (!found) throw new ApiException(404, 'not found', undefined, {})
      return found
    }
  const patch =
    (kind: string) =>
    async ({ name, body }: { name: string; body: object[] }) => {
      patched.push({ name: `${kind} ${name}`, body })
      return {}
    }
  const api = {
    readMutatingWebhookConfiguration: read('Mutating'),
    patchMutatingWebhookConfiguration: patch('Mutating'),
    readValidatingWebhookConfiguration: read('Validating'),
    patchValidatingWebhookConfiguration: patch('Validating'),
  }
  return { api, patched }
}

const names = registrationsNamed('greenroom')
const inBase64 = (text: string) => Buffer.from(text).toString('base64')

t.test('a registration that trusts us is not written', async (t) => {
  t.strictSame(bundleOperations(registration('new'), 'new'), [])
  const { api, patched } = createApi({ 'Mutating greenroom': registration(inBase64('cert')) })
  t.equal(await publishBundle(api, await readRegistrations(api, names), 'cert'), false)
  t.strictSame(patched, [])
})

t.test('every registration that is there gets the bundle, and those that are not are no matter', async (t) => {
  const { api, patched } = createApi({
    'Mutating greenroom': registration(inBase64('old')),
    'Mutating greenroom-policies': registration(inBase64('new'), undefined),
    'Validating greenroom': registration(),
  })
  const present = await readRegistrations(api, names)
  t.strictSame(bundlesOf(present), ['old', 'new', ''])
  t.equal(await publishBundle(api, present, 'new'), true)
  t.match(patched, [
    { name: 'Mutating greenroom', body: [{ op: 'test' }, { path: '/webhooks/0/clientConfig/caBundle' }] },
    { name: 'Mutating greenroom-policies', body: [{ op: 'test' }, { path: '/webhooks/1/clientConfig/caBundle' }] },
  ])
  const { api: validating } = createApi({ 'Validating greenroom': registration(undefined) })
  t.equal(await publishBundle(validating, await readRegistrations(validating, names), 'new'), true)
})

t.test('without any, nobody trusts us', async (t) => {
  const { api } = createApi({})
  const present = await readRegistrations(api, names)
  t.strictSame(present, [])
  await t.rejects(publishBundle(api, present, 'new'), /no registration yet/)
})
