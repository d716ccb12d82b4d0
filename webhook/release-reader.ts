import { setTimeout as sleep } from 'node:timers/promises'
import { AppsV1Api } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import { releasedAnnotation } from '../policy/names.ts'
import type { Version } from './held-version.ts'
import { loadKubeConfig } from './kube-config.ts'

/** Well within the API server's patience with a webhook. */
const timeoutMs = 2_000
/** Versions that are remembered as released; they never become unreleased, so this only saves calls. */
const mostRemembered = 10_000

/**
 * Reads from a version's ReplicaSet whether operators have released it. Never throws: a pod whose ReplicaSet cannot be
 * read comes up held, which is safe, and an operator can still release it.
 */
export function createReleaseReader(logger: Logger): (version: Version) => Promise<boolean> {
  const api = loadKubeConfig().makeApiClient(AppsV1Api)
  const released = new Set<string>()
  return async ({ namespace, replicaSet: name }) => {
    const key = `${namespace}/${name}`
    if (released.has(key)) return true
    try {
      const reading = api.readNamespacedReplicaSet({ name, namespace })
      const replicaSet = await Promise.race([reading, rejectLater()])
      const isReleased = replicaSet.metadata?.annotations?.[releasedAnnotation] === 'true'
      if (isReleased && released.size < mostRemembered) released.add(key)
      return isReleased
    } catch (err) {
      logger.warn({ err, namespace, replicaSet: name }, 'the ReplicaSet cannot be read; its pod comes up held')
      return false
    }
  }
}

async function rejectLater(): Promise<never> {
  await sleep(timeoutMs, undefined, { ref: false })
  throw new Error(`no answer within ${timeoutMs} ms`)
}
