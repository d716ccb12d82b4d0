import { AdmissionregistrationV1Api, CoreV1Api } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import { brief, isOvertaken } from '../../serving/api-error.ts'
import { authoritySecret } from '../../serving/certificates/authority-secret.ts'
import type { CertificateSource } from '../../serving/certificates/certificate.ts'
import { machineClock } from '../../serving/certificates/clock.ts'
import { sourceOf } from '../../serving/certificates/from-keeper.ts'
import { createAuthority, issueLeaf } from '../../serving/certificates/issue.ts'
import { openKeeper, type Trust } from '../../serving/certificates/keeper.ts'
import { yearly } from '../../serving/certificates/lives.ts'
import { paces } from '../../serving/certificates/paces.ts'
import { loadKubeConfig } from '../../serving/kube-config.ts'
import { bundlesOf, publishBundle, readRegistrations, registrationsNamed } from './registration.ts'

export interface ClusterNames {
  readonly namespace: string
  /** Service in front of the webhook. */
  readonly service: string
  /** The name by which API servers ask. */
  readonly host: string
  /** Secret of the authority. */
  readonly secret: string
  readonly webhookConfiguration: string
}

/** A certificate by our own authority, which all replicas share; each has a leaf of its own, in memory only. */
export async function certificateFromCluster(names: ClusterNames, logger: Logger): Promise<CertificateSource> {
  const config = loadKubeConfig()
  const { namespace, service, host, secret, webhookConfiguration } = names
  const hosts = [...new Set([host, `${service}.${namespace}.svc`])]
  const keeper = await openKeeper({
    secret: authoritySecret(config.makeApiClient(CoreV1Api), { name: secret, namespace }),
    trust: trustByRegistration(config.makeApiClient(AdmissionregistrationV1Api), webhookConfiguration),
    lives: yearly,
    paces,
    clock: machineClock,
    draw: (nowMs) => createAuthority(`${service}.${namespace}`, new Date(nowMs)),
    issue: (authority, nowMs) => issueLeaf(authority, hosts, new Date(nowMs)),
    logger,
    onUntold: (error) => sayUntrusted(logger, webhookConfiguration, error),
  })
  return sourceOf(keeper, host)
}

function trustByRegistration(api: AdmissionregistrationV1Api, name: string): Trust {
  return {
    async read() {
      const present = await readRegistrations(api, registrationsNamed(name))
      return { bundles: bundlesOf(present), write: (bundle) => publishBundle(api, present, bundle) }
    },
  }
}

function sayUntrusted(logger: Logger, webhookConfiguration: string, error: unknown): void {
  const fields = { err: brief(error), webhookConfiguration }
  if (isOvertaken(error)) logger.debug(fields, 'another replica was faster')
  else logger.warn(fields, 'the registration does not trust this webhook yet')
}
