import {
  type AdmissionregistrationV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1MutatingWebhookConfiguration,
  type V1ValidatingWebhookConfiguration,
} from '@kubernetes/client-node'
import { undefinedOn } from '../../serving/api-error.ts'
import { policyRegistration } from '../policies/registration.ts'

type Api = Pick<
  AdmissionregistrationV1Api,
  | 'readMutatingWebhookConfiguration'
  | 'patchMutatingWebhookConfiguration'
  | 'readValidatingWebhookConfiguration'
  | 'patchValidatingWebhookConfiguration'
>

/** A registration by which API servers ask this webhook. */
export interface RegistrationName {
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration'
  readonly name: string
}

/** All that there may be where the first one has this name. Each is of use without the others. */
export const registrationsNamed = (name: string): readonly RegistrationName[] => [
  { kind: 'MutatingWebhookConfiguration', name },
  // Made at run time, of the policies that are in the cluster.
  { kind: 'MutatingWebhookConfiguration', name: policyRegistration(name) },
  { kind: 'ValidatingWebhookConfiguration', name },
]

type Registration = Pick<V1MutatingWebhookConfiguration | V1ValidatingWebhookConfiguration, 'metadata'> & {
  readonly webhooks?: readonly { readonly clientConfig: { readonly caBundle?: string } }[]
}

/** A registration as it was read. */
export interface PresentRegistration extends RegistrationName {
  readonly registration: Registration
}

/** Those that are there. */
export async function readRegistrations(
  api: Api,
  names: readonly RegistrationName[],
): Promise<readonly PresentRegistration[]> {
  const read = async (each: RegistrationName) => {
    const { kind, name } = each
    const reading =
      kind === 'MutatingWebhookConfiguration'
        ? api.readMutatingWebhookConfiguration({ name })
        : api.readValidatingWebhookConfiguration({ name })
    const registration = await reading.catch(undefinedOn(404))
    return registration ? [{ ...each, registration }] : []
  }
  return (await Promise.all(names.map(read))).flat()
}

/** What each webhook of these says of whom to trust, in PEM. */
export const bundlesOf = (present: readonly PresentRegistration[]): readonly string[] =>
  present.flatMap(({ registration: { webhooks = [] } }) =>
    webhooks.map(({ clientConfig: { caBundle = '' } }) => Buffer.from(caBundle, 'base64').toString()),
  )

/**
 * Writes the bundle into every webhook that does not have it yet. Rejects when somebody else, such as another replica, changed
 * a registration since it was read; it may then be read again. Resolves to whether there was anything to write.
 */
export async function publishBundle(
  api: Api,
  present: readonly PresentRegistration[],
  bundle: string,
): Promise<boolean> {
  if (present.length === 0) throw new Error('there is no registration yet that could trust this webhook')
  const asJsonPatch = setHeaderOptions('Content-Type', PatchStrategy.JsonPatch)
  let isWritten = false
  for (const { kind, name, registration } of present) {
    const body = bundleOperations(registration, Buffer.from(bundle).toString('base64'))
    if (body.length === 0) continue
    if (kind === 'MutatingWebhookConfiguration')
      await api.patchMutatingWebhookConfiguration({ name, body }, asJsonPatch)
    else await api.patchValidatingWebhookConfiguration({ name, body }, asJsonPatch)
    isWritten = true
  }
  return isWritten
}

/** None where every webhook has the bundle; otherwise guarded against a change since the registration was read. */
export function bundleOperations({ metadata, webhooks = [] }: Registration, bundle: string) {
  const changes = webhooks.flatMap(({ clientConfig }, index) =>
    clientConfig.caBundle === bundle
      ? []
      : [{ op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: bundle }],
  )
  if (changes.length === 0) return []
  return [{ op: 'test', path: '/metadata/resourceVersion', value: metadata?.resourceVersion }, ...changes]
}
