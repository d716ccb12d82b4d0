const server = 'http://10.96.0.80:8080'

export interface Grant {
  readonly application: string
  readonly namespace: string
  readonly pod: string
  readonly ip: string
  readonly resources: readonly string[]
  readonly grantedAt: string
}

/** The reference server's grants by pod UID, as its file has them. */
export async function readGrants(): Promise<Record<string, Grant>> {
  return (await fetch(`${server}/v1/authorizations`)).json() as Promise<Record<string, Grant>>
}

export interface Call {
  /** ISO 8601, UTC. */
  readonly time: string
  readonly method: 'PUT' | 'DELETE'
  readonly uid: string
  readonly answer: string
}

/** The calls for one pod, in order. */
export async function readCalls(podUid: string): Promise<Call[]> {
  const { calls } = (await (await fetch(`${server}/v1/calls`)).json()) as { calls: Call[] }
  return calls.filter(({ uid }) => uid === podUid)
}

export interface CallSummary {
  readonly total: number
  readonly byAnswer: Readonly<Record<string, number>>
  /** The newest. */
  readonly calls: readonly Call[]
}

/** Counts of all calls since the server was started. */
export async function readCallSummary(): Promise<CallSummary> {
  return (await fetch(`${server}/v1/calls`)).json() as Promise<CallSummary>
}

export interface Behaviour {
  readonly mode: 'grant' | 'fail' | 'throttle' | 'queue' | 'hang'
  readonly application?: string
  readonly capacity?: { readonly callsPerSecond: number }
  /** How long each answer takes. */
  readonly delayMs?: number
  readonly times?: number
  readonly retryAfterSeconds?: number
}

/** How the server treats an application, or all, from now on; others are granted, also those told of before. */
export async function setBehaviour(behaviour: Behaviour): Promise<void> {
  const response = await fetch(`${server}/v1/behaviour`, { method: 'PUT', body: JSON.stringify(behaviour) })
  if (!response.ok) throw new Error(await response.text())
}
