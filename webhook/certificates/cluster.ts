import { AdmissionregistrationV1Api, CoreV1Api } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import { brief, isOvertaken } from '../api-error.ts'
import { loadKubeConfig } from '../kube-config.ts'
import { ensureAuthority } from './authority-secret.ts'
import type { CertificateSource } from './certificate.ts'
import { createAuthority, issueLeaf, leafMs } from './issue.ts'
import { keepPublished } from './publication.ts'
import { publishBundle } from './registration.ts'
import { keepRenewed } from './renewal.ts'

export interface ClusterNames {
  readonly namespace: string
  /** Service in front of the webhook, whose DNS name the API server expects in the certificate. */
  readonly service: string
  /** Secret of the authority. */
  readonly secret: string
  readonly webhookConfiguration: string
}

/** A certificate by our own authority, which all replicas share; each has a leaf of its own, in memory only. */
export async function certificateFromCluster(names: ClusterNames, logger: Logger): Promise<CertificateSource> {
  const config = loadKubeConfig()
  const { namespace, service, secret, webhookConfiguration } = names
  const authority = await ensureAuthority(config.makeApiClient(CoreV1Api), { name: secret, namespace }, () =>
    createAuthority(`${service}.${namespace}`, new Date()),
  )
  const registrations = config.makeApiClient(AdmissionregistrationV1Api)
  const issue = () => issueLeaf(authority, [`${service}.${namespace}.svc`], new Date())
  return {
    certificate: await issue(),
    publish: () =>
      keepPublished({
        publish: () => publishBundle(registrations, webhookConfiguration, authority.cert),
        onMended: () => logger.warn({ webhookConfiguration }, 'the registration had lost its trust and has it again'),
        onError: (error) => sayUntrusted(logger, webhookConfiguration, error),
      }),
    keepFresh: (apply) =>
      keepRenewed({ lifeMs: leafMs, issue, apply, onError: (err) => logger.error({ err }, 'certificate not renewed') }),
  }
}

function sayUntrusted(logger: Logger, webhookConfiguration: string, error: unknown): void {
  const fields = { err: brief(error), webhookConfiguration }
  if (isOvertaken(error)) logger.debug(fields, 'another replica was faster')
  else logger.warn(fields, 'the registration does not trust this webhook yet')
}
