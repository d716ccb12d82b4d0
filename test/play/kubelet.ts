import { setTimeout as delay } from 'node:timers/promises'
import { type Part, startOrder, stopsAfter } from './order.ts'
import type { Pod } from './pod.ts'
import type { Process } from './process.ts'
import { probeReadiness } from './readiness.ts'
import { isRestarted, restartDelayMs } from './restart.ts'
import type { Stage } from './stage.ts'
import type { Handler, Timeline } from './timeline.ts'

/** However little of the grace period is left, SIGTERM and SIGKILL are this far apart (the kubelet's minimum). */
const shortestStopMs = 2000

export interface Kubelet {
  /** Starts the pod; resolves when its last container was started. From then on containers are kept running. */
  start(): Promise<void>
  /** Deletes the pod within its grace period; resolves when all of it is gone. */
  delete(): Promise<void>
}

/** One run of a container's command, and the end of it: its exit code, once nothing is left in the container. */
interface Life {
  readonly part: Part
  readonly process: Process
  readonly over: Promise<number>
}

/** Keeps the kubelet's order for one pod, and records all that it does and sees. */
export function createKubelet(pod: Pod, ip: string, stage: Stage, timeline: Timeline): Kubelet {
  const parts = startOrder(pod)
  const running = new Map<string, Life>()
  const ready = new Set<string>()
  const deleted = new AbortController()
  let podReady = false

  return { start, delete: deletePod }

  async function start(): Promise<void> {
    for (const part of parts) await new Promise<void>((resolve, reject) => live(part, resolve).catch(reject))
  }

  /** All lives of a container. Calls `onUp` when the next container may start, as the table above `startOrder` says. */
  async function live(part: Part, onUp: () => void): Promise<void> {
    for (let restarts = 0; !deleted.signal.aborted; restarts++) {
      const life = begin(part)
      // A sidecar must be up before the next container; an app that failed its postStart holds up no other.
      if ((part.role !== 'init' && (await settle(life))) || part.role === 'app') onUp()
      const code = await life.over
      if (deleted.signal.aborted) break
      if (!isRestarted(part.role, pod.spec.restartPolicy, code)) {
        if (part.role === 'init' && code !== 0) throw new Error(`${part.container.name} failed: so did the pod.`)
        break
      }
      await backOff(part, restarts)
    }
    onUp()
  }

  function begin(part: Part): Life {
    const { container, role } = part
    const { name } = container
    const command = [...container.command, ...container.args].join(' ')
    timeline.record({ kind: 'starting', container: name, role })
    const process = stage.start(container, (text) => timeline.record({ kind: 'line', container: name, text }))
    timeline.record({ kind: 'started', container: name, role, command })
    const life = { part, process, over: end(part, process) }
    running.set(name, life)
    return life
  }

  async function end({ container, role }: Part, process: Process): Promise<number> {
    const { name } = container
    const code = await process.exited
    stage.empty(container)
    await process.drained
    running.delete(name)
    timeline.record({ kind: 'exited', container: name, role, code, message: stage.terminationMessage(container) })
    setReady(name, false)
    return code
  }

  /** Runs postStart and begins to probe. False where the container ended, or postStart failed and so ended it. */
  async function settle({ part, process, over }: Life): Promise<boolean> {
    const { name, lifecycle, readinessProbe } = part.container
    if (lifecycle.postStart) {
      const handled = handle(part, 'postStart', lifecycle.postStart.exec.command)
      const code = await Promise.race([handled, over.then(() => -1)])
      if (code > 0) process.signal('SIGKILL')
      if (code !== 0) return false
    }
    if (!readinessProbe) {
      setReady(name, true)
      return true
    }
    const stop = probeReadiness(part.container, readinessProbe, ip, (isReady, status) => {
      timeline.record({ kind: 'probed', container: name, ready: isReady, status })
      setReady(name, isReady)
    })
    over.finally(stop)
    return true
  }

  async function handle({ container }: Part, handler: Handler, argv: readonly string[]): Promise<number> {
    const { name } = container
    const began = performance.now()
    timeline.record({ kind: 'handling', container: name, handler })
    const said: string[] = []
    const code = await stage.exec(container, argv, (line) => said.push(line)).exited
    // As the kubelet: what a handler printed is kept only when it failed.
    if (code !== 0) for (const text of said) timeline.record({ kind: 'line', container: name, text })
    timeline.record({ kind: 'handled', container: name, handler, code, tookMs: performance.now() - began })
    return code
  }

  function setReady(name: string, isReady: boolean): void {
    if (isReady) ready.add(name)
    else ready.delete(name)
    const all = parts.every(({ role, container }) => role === 'init' || ready.has(container.name))
    if (all === podReady) return
    podReady = all
    timeline.record({ kind: 'pod-ready', ready: all })
  }

  async function backOff({ container }: Part, restarts: number): Promise<void> {
    const delayMs = restartDelayMs(restarts)
    timeline.record({ kind: 'backing-off', container: container.name, delayMs })
    // Rejects only when the pod is deleted meanwhile, which `live` looks at next.
    await delay(delayMs, undefined, { signal: deleted.signal }).catch(() => undefined)
  }

  async function deletePod(): Promise<void> {
    const graceSeconds = pod.spec.terminationGracePeriodSeconds
    deleted.abort()
    timeline.record({ kind: 'deleted', graceSeconds })
    const deadline = performance.now() + graceSeconds * 1000
    const stops = stopsAfter(pod)
    const lives = new Map(running)
    const overOf = (name: string) => lives.get(name)?.over
    await Promise.all(
      [...lives].map(([name, life]) => stop(life, Promise.all((stops.get(name) ?? []).map(overOf)), deadline)),
    )
    timeline.record({ kind: 'pod-gone' })
  }

  /** preStop at once, SIGTERM when it is this container's turn, SIGKILL when its time is over. */
  async function stop({ part, process, over }: Life, turn: Promise<unknown>, deadline: number): Promise<void> {
    const { name, lifecycle } = part.container
    const left = () => Math.max(deadline - performance.now(), 0)
    if (lifecycle.preStop) await within(left(), handle(part, 'preStop', lifecycle.preStop.exec.command))
    await within(left(), turn)
    signal('SIGTERM')
    await within(Math.max(left(), shortestStopMs), over)
    signal('SIGKILL')
    await over

    function signal(signal: 'SIGTERM' | 'SIGKILL'): void {
      if (!running.has(name)) return
      timeline.record({ kind: 'signalled', container: name, role: part.role, signal })
      process.signal(signal)
    }
  }
}

/** Waits for `work`, but no longer than the limit. */
async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  const given = new AbortController()
  // Rejects when it is called off, which is no news.
  const limit = delay(limitMs, undefined, { signal: given.signal }).catch(() => undefined)
  await Promise.race([work, limit])
  given.abort()
}
