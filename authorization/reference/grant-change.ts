import type { Batch } from './batch.ts'
import type { Grant, RequestReading } from './grant.ts'
import type { Grants } from './grants-file.ts'
import type { Malformed } from './malformed.ts'
import type { Outcome } from './outcome.ts'
import { problem } from './reply.ts'

export function grant(grants: Grants, uid: string, reading: RequestReading, grantedAt: string): Outcome {
  if (reading.kind === 'malformed') return refuseMalformed(reading)
  const status = grants.all().has(uid) ? 200 : 201
  const granted = { ...reading.request, grantedAt }
  grants.put(new Map([[uid, granted]]))
  return { answer: 'granted', reply: { status, body: granted } }
}

/** Each pod is answered as if it had asked by itself, in their order; all are written at once. */
export function grantBatch(grants: Grants, { pods }: Batch, grantedAt: string): Outcome {
  const granted = new Map<string, Grant>()
  const results = pods.map(({ uid, reading }) => {
    if (reading.kind === 'malformed') return { uid, status: 400, detail: reading.detail }
    const status = grants.all().has(uid) || granted.has(uid) ? 200 : 201
    granted.set(uid, { ...reading.request, grantedAt })
    return { uid, status }
  })
  if (granted.size > 0) grants.put(granted)
  return { answer: granted.size > 0 ? 'granted' : 'malformed', reply: { status: 200, body: { results } } }
}

export function revoke(grants: Grants, uid: string): Outcome {
  if (grants.delete(uid)) return { answer: 'revoked', reply: { status: 204 } }
  return { answer: 'unknown', reply: problem(404, 'No such grant', `There is no grant of pod ${uid}.`) }
}

export function refuseMalformed({ detail }: Malformed): Outcome {
  return { answer: 'malformed', reply: problem(400, 'Bad request', detail) }
}
