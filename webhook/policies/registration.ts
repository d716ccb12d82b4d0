import { isDeepStrictEqual } from 'node:util'
import type {
  AdmissionregistrationV1Api,
  V1LabelSelector,
  V1MutatingWebhook,
  V1MutatingWebhookConfiguration,
} from '@kubernetes/client-node'
import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import type { NamedPolicy } from '../../policy/choose-policy.ts'
import { mirrorAnnotation, osLabel } from '../../policy/exemption.ts'
import type { LabelSelector } from '../../policy/label-selector.ts'
import { injectedLabel, keyPrefix, policyEntrySuffix, statusAnnotation } from '../../policy/names.ts'

/** Registration that the manifests bring with no webhooks in it: which there are follows from the policies. */
export const policyRegistration = (optIn: string): string => `${optIn}-policies`

type Registrations = Pick<
  AdmissionregistrationV1Api,
  'readMutatingWebhookConfiguration' | 'patchMutatingWebhookConfiguration'
>

/**
 * Brings the registration in line with the policies, one webhook for each that injects pods which do not ask. Where the API server
 * finds the webhook, and whom it trusts there, is taken from the registration of pods that ask. Resolves to whether there was
 * anything to write; fails when somebody else wrote meanwhile.
 */
export async function registerPolicies(
  api: Registrations,
  { optIn, namespace }: { readonly optIn: string; readonly namespace: string },
  policies: readonly NamedPolicy[],
): Promise<boolean> {
  const { webhooks: [asking] = [] } = await api.readMutatingWebhookConfiguration({ name: optIn })
  if (!asking) return false
  const name = policyRegistration(optIn)
  const present = await api.readMutatingWebhookConfiguration({ name })
  const wanted = policyWebhooks(policies, asking, namespace)
  if (isInLine(present, wanted)) return false
  const body = [
    { op: 'test', path: '/metadata/resourceVersion', value: present.metadata?.resourceVersion },
    { op: 'add', path: '/webhooks', value: wanted },
  ]
  const asJsonPatch = setHeaderOptions('Content-Type', PatchStrategy.JsonPatch)
  await api.patchMutatingWebhookConfiguration({ name, body }, asJsonPatch)
  return true
}

/** The webhooks of policies that inject by themselves; `asking` is the one of pods that ask. */
export function policyWebhooks(
  policies: readonly NamedPolicy[],
  { clientConfig }: V1MutatingWebhook,
  namespace: string,
): V1MutatingWebhook[] {
  return policies
    .filter(({ policy }) => policy.inject === 'always' && policy.mode === 'On')
    .map(({ name, policy }) => ({
      name: name + policyEntrySuffix,
      admissionReviewVersions: ['v1'],
      clientConfig,
      rules: [
        { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'], scope: 'Namespaced' },
      ],
      namespaceSelector: outside(['kube-system', namespace], policy.namespaceSelector),
      objectSelector: selectorOf(policy.podSelector),
      matchConditions: [
        { name: 'does-not-ask-itself', expression: doesNotAsk },
        ...(policy.failurePolicy === 'Fail' ? neverInjected : []),
      ],
      failurePolicy: policy.failurePolicy,
      matchPolicy: 'Equivalent',
      reinvocationPolicy: 'IfNeeded',
      sideEffects: 'None',
      timeoutSeconds: 5,
    }))
}

/**
 * Whoever has a key of ours is sent to us by the registration of pods that ask. What we write does not count: a pod that was
 * injected here is reviewed here again when others have changed it. CEL of Kubernetes 1.29.
 */
const isOurs = (keys: string) =>
  `(has(${keys}) && ${keys}.exists(key, key.startsWith('${keyPrefix}') && !(key in ['${statusAnnotation}', '${injectedLabel}'])))`
const doesNotAsk = `!(${isOurs('object.metadata.annotations')} || ${isOurs('object.metadata.labels')})`

/**
 * What would be left alone all the same must not wait for us: a node whose network plugin is refused could not even start us. With
 * Ignore such pods are sent, for the record in their status.
 */
const neverInjected = [
  {
    name: 'is-not-in-the-network-of-its-node',
    expression: '!(has(object.spec.hostNetwork) && object.spec.hostNetwork)',
  },
  {
    name: 'is-not-for-windows',
    expression: `!((has(object.spec.os) && object.spec.os.name == 'windows') || (has(object.spec.nodeSelector) && object.spec.nodeSelector.exists(key, key == '${osLabel}' && object.spec.nodeSelector[key] == 'windows')))`,
  },
  {
    name: 'is-not-of-a-file-of-its-node',
    expression: `!(has(object.metadata.annotations) && object.metadata.annotations.exists(key, key == '${mirrorAnnotation}'))`,
  },
]

function outside(namespaces: readonly string[], selector: LabelSelector): V1LabelSelector {
  const excluded = { key: 'kubernetes.io/metadata.name', operator: 'NotIn' as const, values: namespaces }
  return selectorOf({ ...selector, matchExpressions: [...selector.matchExpressions, excluded] })
}

/** As the API server gives it back: without what is empty. */
const selectorOf = ({ matchLabels, matchExpressions }: LabelSelector): V1LabelSelector => ({
  ...(Object.keys(matchLabels).length > 0 && { matchLabels }),
  ...(matchExpressions.length > 0 && {
    matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
      key,
      operator,
      ...(values.length > 0 && { values: [...values] }),
    })),
  }),
})

const isInLine = ({ webhooks = [] }: V1MutatingWebhookConfiguration, wanted: readonly V1MutatingWebhook[]): boolean =>
  isDeepStrictEqual(plain(webhooks), plain(wanted))

/** Without the client's classes, and what they leave undefined. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
