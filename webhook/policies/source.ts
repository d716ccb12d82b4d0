import { AdmissionregistrationV1Api } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import { brief, isOvertaken } from '../../serving/api-error.ts'
import { keepLooking } from '../../serving/certificates/looking.ts'
import { paces } from '../../serving/certificates/paces.ts'
import { loadKubeConfig } from '../../serving/kube-config.ts'
import { followPolicies } from '../../serving/policies/cluster.ts'
import { followLxcfsNodes } from '../lxcfs-nodes.ts'
import type { PolicySource } from '../policy-source.ts'
import { createSurroundings } from '../surroundings.ts'
import { policyRegistration, registerPolicies } from './registration.ts'
import { createStatusWriter } from './status.ts'

export interface PolicyNames {
  /** Registration of pods that ask. */
  readonly optIn: string
  /** Greenroom's own. */
  readonly namespace: string
}

/** The InjectionPolicies of the cluster; resolves once they are known, and the nodes that have lxcfs if they can be. */
export async function policiesFromCluster(names: PolicyNames, logger: Logger): Promise<PolicySource> {
  const config = loadKubeConfig()
  const registrations = config.makeApiClient(AdmissionregistrationV1Api)
  const writeStatus = createStatusWriter(config, logger)
  const webhookConfiguration = policyRegistration(names.optIn)
  let bringInLine: () => unknown = () => {}
  const policies = followPolicies(config, {
    logger,
    onNews(news) {
      writeStatus(news)
      if (!news.isRepeated) bringInLine()
    },
  })
  const nodes = followLxcfsNodes(config, logger)
  await Promise.all([policies.synced, nodes.settled])
  const sayError = (error: unknown) => {
    const fields = { err: brief(error), webhookConfiguration }
    if (isOvertaken(error)) logger.debug(fields, 'another replica was faster')
    else logger.warn(fields, 'the registration does not follow the policies yet')
  }
  return {
    find: (labels, namespace) => policies.choose(namespace, labels),
    surroundings: createSurroundings({ nodes: nodes.all, labelsOf: policies.labelsOf }),
    async register() {
      const look = async () => {
        if (!(await registerPolicies(registrations, names, policies.all()))) return
        logger.info({ webhookConfiguration }, 'the registration follows the policies')
      }
      // Tried once before others rely on it, but no policy's entry keeps a replica from being Ready: pods that ask need none.
      let firstMs = paces.lookMs
      await look().catch((error: unknown) => {
        sayError(error)
        firstMs = paces.retryMs
      })
      const stop = keepLooking({ look, firstMs, pauseMs: () => paces.lookMs, paces, onError: sayError })
      // Who is overtaken by another replica has nothing left to do: it wrote the same.
      bringInLine = () => look().catch(sayError)
      return () => {
        stop()
        policies.stop()
        nodes.stop()
      }
    },
  }
}
