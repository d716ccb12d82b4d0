import { KubeConfig } from '@kubernetes/client-node'
import { GreenroomError } from '../policy/greenroom-error.ts'

/** The service account's in a pod, a kubeconfig's elsewhere. */
export function loadKubeConfig(): KubeConfig {
  const config = new KubeConfig()
  config.loadFromDefault()
  if (config.getCurrentCluster()?.server !== lastResort) return config
  const fix = 'Give --tls-cert and --tls-key, or run in a cluster, or set KUBECONFIG.'
  throw new GreenroomError('OptionMalformed', {
    at: '--tls-cert',
    expected: 'it, or a cluster to get a certificate in',
    fix,
  })
}

/** What `loadFromDefault` falls back to when there is no cluster. */
const lastResort = 'http://localhost:8080'
