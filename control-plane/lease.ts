import { CoordinationV1Api, type KubeConfig, type V1Lease, V1MicroTime } from '@kubernetes/client-node'
import { undefinedOn } from '../serving/api-error.ts'
import { type Lease, type Leases, leaseMs } from './election.ts'

export interface LeaseNames {
  readonly name: string
  readonly namespace: string
  /** Who stands: another one after each start. */
  readonly me: string
}

/** The Lease in the cluster. Each write is guarded by the version that was read. */
export function openLease(config: KubeConfig, { name, namespace, me }: LeaseNames): Leases {
  const api = config.makeApiClient(CoordinationV1Api)
  const write = async (before: Lease | undefined, holder: string) => {
    const isChange = before?.holder !== holder
    const body: V1Lease = {
      metadata: { name, namespace, ...(before && { resourceVersion: before.version }) },
      spec: {
        holderIdentity: holder,
        leaseDurationSeconds: leaseMs / 1000,
        renewTime: new V1MicroTime(),
        leaseTransitions: (before?.transitions ?? 0) + (isChange && before ? 1 : 0),
      },
    }
    if (before) await api.replaceNamespacedLease({ name, namespace, body })
    else await api.createNamespacedLease({ namespace, body })
  }
  return {
    async read() {
      const lease = await api.readNamespacedLease({ name, namespace }).catch(undefinedOn(404))
      return lease && parse(lease)
    },
    hold: (before) => write(before, me),
    giveBack: (before) => write(before, ''),
  }
}

const parse = ({ metadata, spec }: V1Lease): Lease => ({
  holder: spec?.holderIdentity ?? '',
  durationMs: (spec?.leaseDurationSeconds ?? 0) * 1000,
  version: metadata?.resourceVersion ?? '',
  transitions: spec?.leaseTransitions ?? 0,
})
