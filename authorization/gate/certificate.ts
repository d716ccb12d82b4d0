import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import { brief, undefinedOn } from '../../serving/api-error.ts'
import { authoritySecret } from '../../serving/certificates/authority-secret.ts'
import type { CertificateSource } from '../../serving/certificates/certificate.ts'
import { machineClock } from '../../serving/certificates/clock.ts'
import { sourceOf } from '../../serving/certificates/from-keeper.ts'
import { createAuthority, issueLeaf } from '../../serving/certificates/issue.ts'
import { openKeeper, type Trust } from '../../serving/certificates/keeper.ts'
import { slow } from '../../serving/certificates/lives.ts'
import { paces } from '../../serving/certificates/paces.ts'

export interface GateNames {
  readonly namespace: string
  readonly service: string
  /** Secret of the gate's own authority, and ConfigMap that shows its certificate to the webhook. */
  readonly secret: string
  readonly configMap: string
  /** Names and addresses beside the Service's by which pods reach it. */
  readonly hosts: readonly string[]
}

/**
 * A certificate by an authority of the gate's own: with that of the webhook, the gate could pass for it. The certificates that
 * are trusted are shown in a ConfigMap, from where the webhook puts them into pods.
 */
export async function certificateFromCluster(
  config: KubeConfig,
  names: GateNames,
  logger: Logger,
): Promise<CertificateSource> {
  const { namespace, service, secret, hosts } = names
  const api = config.makeApiClient(CoreV1Api)
  const host = `${service}.${namespace}.svc`
  const keeper = await openKeeper({
    secret: authoritySecret(api, { name: secret, namespace }),
    trust: trustByConfigMap(api, names),
    lives: slow,
    paces,
    clock: machineClock,
    draw: (nowMs) => createAuthority(`${service}.${namespace}`, new Date(nowMs), slow.authorityMs),
    issue: (authority, nowMs) => issueLeaf(authority, [host, ...hosts], new Date(nowMs)),
    logger,
    onUntold: (error) => logger.warn({ err: brief(error) }, 'the ConfigMap does not show the authority yet'),
  })
  return sourceOf(keeper, host)
}

/** One that is not there yet is made. */
function trustByConfigMap(api: CoreV1Api, { configMap: name, namespace }: GateNames): Trust {
  return {
    async read() {
      const present = await api.readNamespacedConfigMap({ name, namespace }).catch(undefinedOn(404))
      const shown = present?.data?.['ca.crt']
      return {
        bundles: shown === undefined ? [] : [shown],
        async write(bundle) {
          if (shown === bundle) return false
          const body = { metadata: present?.metadata ?? { name, namespace }, data: { 'ca.crt': bundle } }
          if (present) await api.replaceNamespacedConfigMap({ name, namespace, body })
          else await api.createNamespacedConfigMap({ namespace, body })
          return true
        },
      }
    },
  }
}
