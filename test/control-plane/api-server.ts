import { EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Test } from 'tap'
import { listening } from '../listening.ts'
import { answerJson, configOf, createWatches, readJson } from '../stand-in-api.ts'

interface Stored {
  readonly metadata: { readonly name: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

const collections = {
  pods: 'Pod',
  namespaces: 'Namespace',
  injectionpolicies: 'InjectionPolicy',
  nodes: 'Node',
} as const
type Collection = keyof typeof collections
const isCollection = (word: string): word is Collection => word in collections

/** What was asked of it. */
export type Act =
  | { readonly kind: 'evict'; readonly pod: string }
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'list-nodes' | 'watch-nodes'; readonly labelSelector: string | null }
  | { readonly kind: 'patch-node'; readonly node: string; readonly body: object; readonly fieldManager: string | null }

export interface Status {
  readonly lastProblem: { readonly reason: string; readonly pod: string } | null
  readonly missedPods: readonly string[] | null
}

export interface ApiServer {
  readonly config: KubeConfig
  readonly put: (collection: Collection, object: Stored) => void
  readonly remove: (collection: Collection, name: string) => void
  readonly acts: readonly Act[]
  /** Resolves with the first act, of the past or to come, of which this holds. */
  readonly seen: (isIt: (act: Act) => boolean) => Promise<Act>
}

interface Parts {
  /** Names of the entries in both registrations. */
  readonly entries: readonly string[]
  /** The status of the answer. */
  readonly onEvict?: (name: string) => number
  /** The same for a patch of a node. */
  readonly onPatchNode?: (name: string) => number
}

/** The few calls of a Kubernetes API server that the control plane makes, for tests without a cluster. Versions grow with each write. */
export async function startApiServer(
  t: Test,
  { entries, onEvict = () => 201, onPatchNode = () => 200 }: Parts,
): Promise<ApiServer> {
  const objects = {
    pods: new Map(),
    namespaces: new Map(),
    injectionpolicies: new Map(),
    nodes: new Map(),
  } satisfies Record<Collection, Map<string, Stored>>
  const watches = createWatches<Collection>()
  const acts: Act[] = []
  const news = new EventEmitter()
  let version = 100

  function store(collection: Collection, object: Stored, type: string): void {
    version += 1
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: `${version}` } }
    if (type === 'DELETED') objects[collection].delete(object.metadata.name)
    else objects[collection].set(object.metadata.name, stored)
    watches.tell(collection, type, { kind: collections[collection], ...stored })
  }
  const act = (done: Act) => {
    acts.push(done)
    news.emit('act')
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const body = await readJson(request)
    const send = (status: number, answer: object) => answerJson(response, status, answer)
    const [, last = '', name = ''] =
      /\/(pods|namespaces|injectionpolicies|nodes|mutating\w+)(?:\/([\w.-]+))?(?:\/status)?$/.exec(url.pathname) ?? []
    if (url.pathname.endsWith('/eviction')) {
      const pod = body.metadata.name
      const status = onEvict(pod)
      act({ kind: 'evict', pod })
      return send(status, status < 300 ? body : { kind: 'Status', code: status })
    }
    if (url.pathname.endsWith('/status')) {
      const policy = objects.injectionpolicies.get(name)
      store('injectionpolicies', { ...policy, status: { ...policy.status, ...body.status } }, 'MODIFIED')
      act({ kind: 'status', status: body.status })
      return send(200, {})
    }
    if (last === 'nodes' && request.method === 'PATCH') {
      const status = onPatchNode(name)
      act({ kind: 'patch-node', node: name, body, fieldManager: url.searchParams.get('fieldManager') })
      if (status >= 300) return send(status, { kind: 'Status', code: status })
      const node = objects.nodes.get(name)
      const labels = { ...node.metadata.labels, ...body.metadata.labels }
      store('nodes', { ...node, metadata: { ...node.metadata, labels } }, 'MODIFIED')
      return send(200, objects.nodes.get(name))
    }
    if (last === 'mutatingwebhookconfigurations')
      return send(200, { webhooks: entries.map((each) => ({ name: each, clientConfig: { caBundle: 'Q0E=' } })) })
    if (!isCollection(last)) return send(201, body)
    const isWatch = Boolean(url.searchParams.get('watch'))
    if (last === 'nodes')
      act({ kind: isWatch ? 'watch-nodes' : 'list-nodes', labelSelector: url.searchParams.get('labelSelector') })
    if (!isWatch) return send(200, { metadata: { resourceVersion: `${version}` }, items: [...objects[last].values()] })
    return watches.open(last, response)
  })
  const port = await listening(t, server)
  return {
    config: configOf(port),
    put: (collection, object) =>
      store(collection, object, objects[collection].has(object.metadata.name) ? 'MODIFIED' : 'ADDED'),
    remove: (collection, name) => store(collection, objects[collection].get(name), 'DELETED'),
    acts,
    seen: (isIt) =>
      new Promise((resolve) => {
        const look = () => {
          const found = acts.find(isIt)
          if (!found) return
          news.off('act', look)
          resolve(found)
        }
        news.on('act', look)
        look()
      }),
  }
}
