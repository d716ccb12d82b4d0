import type { KubeConfig } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import { version } from '../../policy/version.ts'
import { brief, isOvertaken } from '../../serving/api-error.ts'
import type { PolicyNews } from '../../serving/policies/cluster.ts'
import { acceptedStatus } from '../../serving/policies/condition.ts'
import { createStatusPatch } from '../../serving/policies/status-patch.ts'

/** By then whatever overtook a write has come by the watch. */
const retryMs = 1_000

/**
 * Writes into a policy's status whether it holds. Every replica does, each time that its own judgement changes: mostly all find
 * the same, and who comes second finds it written. Guarded by the version that was read; who is overtaken tries again with what
 * is there then. Never for a change of the status alone: replicas that see different files would write in turns without end.
 */
export function createStatusWriter(config: KubeConfig, logger: Logger): (news: PolicyNews) => void {
  const patchStatus = createStatusPatch(config)
  const latest = new Map<string, PolicyNews>()

  function write(news: PolicyNews): void {
    const { name, object, reading } = news
    const status = object && reading && acceptedStatus(reading, { ...object, version, nowMs: Date.now() })
    if (!status) return
    const body = { metadata: { resourceVersion: object.version }, status }
    patchStatus(name, body).catch((error: unknown) => {
      if (isOvertaken(error)) setTimeout(() => write(latest.get(name) ?? news), retryMs).unref()
      else logger.warn({ err: brief(error), policy: name }, 'its status was not written')
    })
  }

  return (news) => {
    latest.set(news.name, news)
    if (!news.isRepeated) write(news)
  }
}
