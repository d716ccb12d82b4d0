import type { Pod } from './pod.ts'

export interface AppRecord {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly what: string
}

/** What the app (app/serve.go) and its hooks noted, in order. */
export async function readRecords(pod: Pod): Promise<AppRecord[]> {
  const records = (await (await askApp(pod, '/records')).json()) as { at: number; what: string }[]
  return records.map(({ at, what }) => ({ at: at * 1000, what }))
}

/** When it noted the first thing of this kind; NaN: never. */
export const recordedAt = (records: readonly AppRecord[], what: string): number =>
  records.find((record) => record.what.startsWith(what))?.at ?? Number.NaN

/** Over a connection of its own: one that is kept would be traffic that the drain waits for. */
export function askApp(pod: Pod, path: string): Promise<Response> {
  const url = `http://${pod.status.podIP}:8080${path}`
  return fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(5000) })
}

/** As a load balancer does that asks the sidecar's port. */
export function askSidecar(pod: Pod, path: string): Promise<Response> {
  return fetch(`http://${pod.status.podIP}:15720${path}`, { signal: AbortSignal.timeout(10_000) })
}
