import {
  type AdmissionregistrationV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1MutatingWebhookConfiguration,
} from '@kubernetes/client-node'

type Registrations = Pick<
  AdmissionregistrationV1Api,
  'readMutatingWebhookConfiguration' | 'patchMutatingWebhookConfiguration'
>

/**
 * Writes the authority's certificate into every webhook of the registration that does not have it yet. Fails when
 * somebody else, such as another replica, changed the registration meanwhile; it may then be called again. Resolves to
 * whether there was anything to write.
 */
export async function publishBundle(api: Registrations, name: string, cert: string): Promise<boolean> {
  const registration = await api.readMutatingWebhookConfiguration({ name })
  const operations = bundleOperations(registration, Buffer.from(cert).toString('base64'))
  if (operations.length === 0) return false
  const asJsonPatch = setHeaderOptions('Content-Type', PatchStrategy.JsonPatch)
  await api.patchMutatingWebhookConfiguration({ name, body: operations }, asJsonPatch)
  return true
}

/** None where every webhook has the bundle; otherwise guarded against a change since the registration was read. */
export function bundleOperations({ metadata, webhooks = [] }: V1MutatingWebhookConfiguration, bundle: string) {
  const changes = webhooks.flatMap(({ clientConfig }, index) =>
    clientConfig.caBundle === bundle
      ? []
      : [{ op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: bundle }],
  )
  if (changes.length === 0) return []
  return [{ op: 'test', path: '/metadata/resourceVersion', value: metadata?.resourceVersion }, ...changes]
}
