import { createServer } from 'node:http'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Test } from 'tap'
import { listening } from '../../listening.ts'
import { answerJson, configOf, createWatches, readJson } from '../../stand-in-api.ts'

interface Meta {
  readonly name: string
  readonly namespace: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly deletionTimestamp?: string
}

/** An object as the API server has it; only what this stand-in looks at is typed. */
export interface Stored {
  readonly metadata: Meta
  readonly status?: { readonly podIP?: string | undefined; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

export interface ApiServer {
  readonly config: KubeConfig
  /** Puts a pod there, or changes it. */
  readonly putPod: (pod: Stored) => void
  readonly deletePod: (uid: string) => void
  readonly authorizations: () => readonly Stored[]
  readonly events: () => readonly Record<string, unknown>[]
  /** Every answer is this status until it is told otherwise; watches end. */
  readonly breakDown: (status: number) => void
  readonly mend: () => void
  /** Ends all watches, as a load balancer does. */
  readonly cutWatches: () => void
}

type Collection = 'pods' | 'authorizations'

/** A token of this stand-in says whose it is: `namespace serviceAccount pod uid audience`, in Base64url. */
export const tokenOf = (pod: Stored, audience = 'greenroom', serviceAccount = 'default'): string =>
  Buffer.from(
    JSON.stringify([pod.metadata.namespace, serviceAccount, pod.metadata.name, pod.metadata.uid, audience]),
  ).toString('base64url')

/**
 * The few calls of a Kubernetes API server that the gate makes, with its rules for versions, conflicts and watches, for tests
 * without a cluster. What a real one does is seen in test/cluster/gate.test.ts.
 */
export async function startApiServer(t: Test): Promise<ApiServer> {
  const objects: Record<Collection, Map<string, Stored>> = { pods: new Map(), authorizations: new Map() }
  const watches = createWatches<Collection>()
  const events: Record<string, unknown>[] = []
  let version = 100
  let broken = 0

  const keyOf = (collection: Collection, { metadata }: Stored) =>
    collection === 'pods' ? `${metadata.namespace}/${metadata.name}` : metadata.name
  const store = (collection: Collection, object: Stored, type: string): Stored => {
    version += 1
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
    objects[collection].set(keyOf(collection, object), stored)
    watches.tell(collection, type, stored)
    return stored
  }
  const drop = (collection: Collection, key: string) => {
    const object = objects[collection].get(key)
    if (!object) return
    objects[collection].delete(key)
    version += 1
    watches.tell(collection, 'DELETED', {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(version) },
    })
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const body = await readJson(request)
    const send = (status: number, answer: unknown) => answerJson(response, status, answer)
    const refuse = (code: number, reason: string) =>
      send(code, {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        code,
        reason,
        message: `${reason} ${url.pathname}`,
      })
    if (broken) return refuse(broken, 'InternalError')
    if (url.pathname.endsWith('/tokenreviews')) return send(201, { ...body, status: review(body, objects.pods) })
    if (url.pathname.endsWith('/events')) {
      events.push(body)
      return send(201, body)
    }
    const [, collection, name, isStatus] = /\/(pods|authorizations)(?:\/([^/]+))?(\/status)?$/.exec(url.pathname) ?? []
    if (collection !== 'pods' && collection !== 'authorizations') return refuse(404, 'NotFound')
    if (name === undefined) {
      if (url.searchParams.get('watch')) return watches.open(collection, response)
      if (request.method === 'POST') {
        const key = keyOf(collection, body)
        if (objects[collection].has(key)) return refuse(409, 'AlreadyExists')
        const creationTimestamp = new Date().toISOString()
        return send(201, store(collection, { ...body, metadata: { ...body.metadata, creationTimestamp } }, 'ADDED'))
      }
      const items = [...objects[collection].values()]
      return send(200, { kind: 'List', metadata: { resourceVersion: String(version) }, items })
    }
    const key = collection === 'pods' ? `${url.pathname.split('/').at(-3)}/${name}` : name
    const present = objects[collection].get(key)
    if (!present) return refuse(404, 'NotFound')
    if (request.method === 'GET') return send(200, present)
    const expected = isStatus ? body.metadata?.resourceVersion : body.preconditions?.resourceVersion
    if (expected !== undefined && expected !== present.metadata.resourceVersion) return refuse(409, 'Conflict')
    if (request.method === 'DELETE') {
      drop(collection, key)
      return send(200, { kind: 'Status', status: 'Success' })
    }
    return send(200, store(collection, { ...present, status: body.status }, 'MODIFIED'))
  })
  const port = await listening(t, server)
  t.teardown(watches.cut)

  return {
    config: configOf(port),
    putPod: (pod) => void store('pods', pod, objects.pods.has(keyOf('pods', pod)) ? 'MODIFIED' : 'ADDED'),
    deletePod: (uid) => {
      for (const [key, { metadata }] of objects.pods) if (metadata.uid === uid) drop('pods', key)
    },
    authorizations: () => [...objects.authorizations.values()],
    events: () => events,
    breakDown: (status) => {
      broken = status
      watches.cut()
    },
    mend: () => {
      broken = 0
    },
    cutWatches: watches.cut,
  }
}

/** A bound token is valid for as long as its pod is there. */
function review(
  { spec }: { spec: { token: string; audiences: readonly string[] } },
  pods: ReadonlyMap<string, Stored>,
) {
  try {
    const [namespace, account, name, uid, audience] = JSON.parse(Buffer.from(spec.token, 'base64url').toString())
    const isThere = pods.get(`${namespace}/${name}`)?.metadata.uid === uid
    if (!isThere || !spec.audiences.includes(audience)) return { authenticated: false, error: 'invalid' }
    const extra = { 'authentication.kubernetes.io/pod-name': [name], 'authentication.kubernetes.io/pod-uid': [uid] }
    return {
      authenticated: true,
      audiences: [audience],
      user: { username: `system:serviceaccount:${namespace}:${account}`, extra },
    }
  } catch {
    return { authenticated: false, error: 'no token' }
  }
}
