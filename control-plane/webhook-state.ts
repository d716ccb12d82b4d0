import { AdmissionregistrationV1Api, type KubeConfig } from '@kubernetes/client-node'
import { policyEntrySuffix } from '../policy/names.ts'
import { undefinedOn } from '../serving/api-error.ts'
import type { PodFacts } from './pod-facts.ts'
import type { Missed } from './survey.ts'

/** As the Service of the webhook finds its pods. */
const component = { key: 'app.kubernetes.io/component', value: 'webhook' }

/**
 * Since when there has been a replica of the webhook that is Ready, without a break as far as those tell that are there; milliseconds since the
 * epoch. undefined: none is Ready.
 */
export function webhookReadyMs(pods: Iterable<PodFacts>, ownNamespace: string): number | undefined {
  let since: number | undefined
  for (const { namespace, head, readyMs, end } of pods)
    if (namespace === ownNamespace && end === undefined && readyMs !== undefined && isWebhook(head.metadata.labels))
      since = Math.min(since ?? readyMs, readyMs)
  return since
}

const isWebhook = (labels: PodFacts['head']['metadata']['labels']) => labels?.[component.key] === component.value

/** Which pods the API server sends to the webhook now. */
export interface Registered {
  /** Those that ask. */
  readonly asking: boolean
  /** Names of the policies whose pods are sent without asking. */
  readonly policies: ReadonlySet<string>
}

/** Whether another pod like this one would be sent. One that asks may do so by any key, so nothing is made of which pod it is. */
export const isSent = (
  { policy, policyName }: Pick<Missed, 'policy' | 'policyName'>,
  { asking, policies }: Registered,
): boolean => asking && (policy.inject === 'asked' || (policyName !== undefined && policies.has(policyName)))

const policyOf = (entry: string) =>
  entry.endsWith(policyEntrySuffix) ? [entry.slice(0, -policyEntrySuffix.length)] : []

/** Reads it from the registrations: only who has an authority's certificate can be asked. */
export function createRegistrationReader(config: KubeConfig): () => Promise<Registered> {
  const api = config.makeApiClient(AdmissionregistrationV1Api)
  const namesIn = async (name: string) => {
    const found = await api.readMutatingWebhookConfiguration({ name }).catch(undefinedOn(404))
    return (found?.webhooks ?? []).filter(({ clientConfig }) => clientConfig.caBundle).map((each) => each.name)
  }
  return async () => {
    const [asking, policies] = await Promise.all([namesIn('greenroom'), namesIn('greenroom-policies')])
    return {
      asking: asking.length > 0,
      policies: new Set(policies.flatMap(policyOf)),
    }
  }
}
