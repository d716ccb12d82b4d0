import { request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Container, ReadinessProbe } from './pod.ts'
import { countProbe, isPassing, nextProbeAt, unprobed } from './probe-count.ts'

/**
 * Asks a container's readiness probe as the kubelet does, until the returned undo is called. `onChange` hears each flip,
 * with the status that made it (0: no answer).
 */
export function probeReadiness(
  container: Container,
  probe: ReadinessProbe,
  ip: string,
  onChange: (ready: boolean, status: number) => void,
): () => void {
  const stop = new AbortController()
  ask(container, probe, ip, onChange, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
  })
  return () => stop.abort()
}

async function ask(
  container: Container,
  probe: ReadinessProbe,
  ip: string,
  onChange: (ready: boolean, status: number) => void,
  signal: AbortSignal,
): Promise<void> {
  await delay(probe.initialDelaySeconds * 1000, undefined, { signal })
  const first = performance.now()
  for (let count = unprobed; !signal.aborted; ) {
    const started = performance.now()
    const status = await probeStatus(container, probe, ip, signal)
    if (signal.aborted) return
    const next = countProbe(count, isPassing(status), probe)
    if (next.ready !== count.ready) onChange(next.ready, status)
    count = next
    const ended = performance.now()
    await delay(nextProbeAt(first, probe.periodSeconds * 1000, started, ended) - ended, undefined, { signal })
  }
}

/** One probe's status, 0 for none within the timeout. Each probe is a connection of its own, as the kubelet's. */
function probeStatus(
  container: Container,
  { httpGet, timeoutSeconds }: ReadinessProbe,
  ip: string,
  signal: AbortSignal,
): Promise<number> {
  const headers = Object.fromEntries(httpGet.httpHeaders.map(({ name, value }) => [name, value]))
  return new Promise((resolve) => {
    const asked = request({
      host: httpGet.host ?? ip,
      port: portOf(container, httpGet.port),
      path: httpGet.path,
      headers: { 'User-Agent': 'kube-probe/1.36', Accept: '*/*', Connection: 'close', ...headers },
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
    })
    asked.on('response', (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    asked.on('error', () => resolve(0))
    asked.end()
  })
}

/** A port by number, or by the name that one of the container's ports has. */
export function portOf({ name, ports }: Container, port: number | string): number {
  if (typeof port === 'number') return port
  const named = ports.find((declared) => declared.name === port)
  if (named) return named.containerPort
  throw new Error(`Container ${name} has no port named "${port}", only ${ports.map((p) => p.name).join(', ')}.`)
}
