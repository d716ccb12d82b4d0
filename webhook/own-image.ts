import { CoreV1Api } from '@kubernetes/client-node'
import { loadKubeConfig } from '../serving/kube-config.ts'

/**
 * The image of the webhook's own container, for injected containers run the same release: whatever registry an overlay,
 * a chart or a mirroring webhook has written there, nobody has to say it twice.
 */
export async function readOwnImage(pod: { readonly name: string; readonly namespace: string }): Promise<string> {
  const { spec } = await loadKubeConfig().makeApiClient(CoreV1Api).readNamespacedPod(pod)
  const image = spec?.containers.find(({ name }) => name === ownContainer)?.image
  if (image) return image
  throw new Error(`Pod ${pod.namespace}/${pod.name} has no container ${ownContainer}; name the image by --image.`)
}

/** As in manifests/base/deployment.yaml. */
const ownContainer = 'webhook'
