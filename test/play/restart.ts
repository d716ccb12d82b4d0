import type { Role } from './order.ts'
import type { Pod } from './pod.ts'

/** The kubelet's CrashLoopBackOff: at once the first time, then from 10 s doubling up to 5 min. */
const firstDelayMs = 10_000
const longestDelayMs = 300_000

export function restartDelayMs(restarts: number): number {
  return restarts === 0 ? 0 : Math.min(firstDelayMs * 2 ** (restarts - 1), longestDelayMs)
}

/** Whether a container that exited with `code` is started again, unless the pod is being deleted. */
export function isRestarted(role: Role, policy: Pod['spec']['restartPolicy'], code: number): boolean {
  if (role === 'sidecar') return true
  if (policy === 'Never') return false
  return code !== 0 || (role === 'app' && policy === 'Always')
}
