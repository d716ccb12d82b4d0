import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeConfig } from '@kubernetes/client-node'
import { Watch } from '@kubernetes/client-node'
import { isRecord, isText } from '../policy/json.ts'

/** What is kept in step with the API server. */
export interface Reflected<T> {
  /** Below the server's address, such as `/api/v1/pods`. */
  readonly path: string
  readonly labelSelector?: string
  /** One page of the list, as the server says it. `after`: where the page before it ended. */
  readonly list: (after: string | undefined) => Promise<ListPage>
  /** null: not ours. Whatever it does not keep is forgotten at once. */
  readonly parse: (object: unknown) => T | null
  readonly keyOf: (record: T) => string
  /** resourceVersion; an event that is older than what is here already is no news. */
  readonly versionOf: (record: T) => string
}

export interface ListPage {
  readonly items: readonly unknown[]
  readonly version: string
  /** undefined: it was the last one. */
  readonly after: string | undefined
}

/** A list as the API server writes it. Throws where it is none: taken for an empty one, all would be gone. */
export function pageOf(list: unknown): ListPage {
  if (!isRecord(list) || !Array.isArray(list.items) || !isRecord(list.metadata))
    throw new TypeError('the API server returned a list that is none')
  const { resourceVersion, continue: next } = list.metadata
  return {
    items: list.items,
    version: isText(resourceVersion) ? resourceVersion : '',
    after: isText(next) ? next : undefined,
  }
}

/** How client-node's calls ask for a page. */
export interface Paging {
  readonly limit: number
  readonly _continue?: string
}

interface TypedList {
  readonly items: readonly unknown[]
  readonly metadata?: { readonly resourceVersion?: string; readonly _continue?: string }
}

/** The pages of a list that is too large to be read as a whole. `ask`: client-node's call for one of them. */
export const inPages =
  (limit: number, ask: (paging: Paging) => Promise<TypedList>): Reflected<unknown>['list'] =>
  async (after) => {
    const { items, metadata } = await ask({ limit, ...(after !== undefined && { _continue: after }) })
    return { items, version: metadata?.resourceVersion ?? '', after: metadata?._continue || undefined }
  }

/** A copy of what the API server has, as of a moment ago. */
export interface Reflection<T> {
  /** False until the first list is complete. */
  readonly isSynced: () => boolean
  readonly get: (key: string) => T | undefined
  readonly all: () => Iterable<T>
  /** What was just written, so that nobody acts on what it replaces. */
  readonly put: (record: T) => void
  readonly stop: () => void
}

export interface Listener<T> {
  /** `record` is undefined where it is gone. */
  readonly onChange: (key: string, record: T | undefined) => void
  readonly onSynced: () => void
  readonly onError: (error: unknown) => void
}

const leastPauseMs = 500
const mostPauseMs = 30_000

/**
 * Lists and watches, for ever: client-node's own informer stops for good when a connection breaks, and takes what stands on
 * a list's later pages for deleted. A list that breaks off changes nothing; one that is complete is compared as a whole, so
 * that no deletion is missed, however long the API server was away.
 */
export function reflect<T>(config: KubeConfig, what: Reflected<T>, listener: Listener<T>): Reflection<T> {
  const stopping = new AbortController()
  let records: Map<string, T> = new Map()
  let isSynced = false

  const change = (key: string, record: T | undefined) => {
    const present = records.get(key)
    if (record && present && isOlder(what.versionOf(record), what.versionOf(present))) return
    if (record === undefined) records.delete(key)
    else records.set(key, record)
    listener.onChange(key, record)
  }

  async function relist(): Promise<string> {
    const { listed, version } = await listAll(what)
    const gone = [...records.keys()].filter((key) => !listed.has(key))
    records = listed
    for (const key of gone) listener.onChange(key, undefined)
    for (const [key, record] of listed) listener.onChange(key, record)
    if (!isSynced) {
      isSynced = true
      listener.onSynced()
    }
    return version
  }

  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {}) // Stopped.

  async function run(): Promise<void> {
    let pauseMs = leastPauseMs
    let version: string | undefined
    while (!stopping.signal.aborted) {
      try {
        version ??= await relist()
        const begin = performance.now()
        version = await follow(config, what, { version, change, stop: stopping.signal })
        pauseMs = leastPauseMs
        // A server that ends each watch at once is not asked in a loop.
        if (performance.now() - begin < leastPauseMs) await pause(leastPauseMs)
      } catch (error) {
        // Whatever it was, it may have cost an event.
        version = undefined
        if (stopping.signal.aborted) return
        listener.onError(error)
        await pause(pauseMs * (0.5 + Math.random()))
        pauseMs = Math.min(pauseMs * 2, mostPauseMs)
      }
    }
  }
  void run()
  return {
    isSynced: () => isSynced,
    get: (key) => records.get(key),
    all: () => records.values(),
    put: (record) => void records.set(what.keyOf(record), record),
    stop: () => stopping.abort(),
  }
}

async function listAll<T>(what: Reflected<T>): Promise<{ listed: Map<string, T>; version: string }> {
  const listed = new Map<string, T>()
  let after: string | undefined
  for (;;) {
    const page = await what.list(after)
    for (const item of page.items) {
      const record = what.parse(item)
      if (record) listed.set(what.keyOf(record), record)
    }
    if (page.after === undefined) return { listed, version: page.version }
    after = page.after
  }
}

interface Following<T> {
  readonly version: string
  readonly change: (key: string, record: T | undefined) => void
  readonly stop: AbortSignal
}

/** Resolves to where the watch has come when the connection ended in peace; rejects where events may be lost. */
async function follow<T>(
  config: KubeConfig,
  what: Reflected<T>,
  { version, change, stop }: Following<T>,
): Promise<string> {
  let reached = version
  const query = {
    resourceVersion: version,
    allowWatchBookmarks: true,
    ...(what.labelSelector !== undefined && { labelSelector: what.labelSelector }),
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const receive = (type: string, object: unknown) => {
    // 410 Gone: the server has forgotten what came after our version.
    if (type === 'ERROR') return reject(new Error(`watch of ${what.path}: ${messageOf(object)}`))
    reached = versionOf(object) ?? reached
    if (type === 'BOOKMARK') return
    const record = what.parse(object)
    if (record) change(what.keyOf(record), type === 'DELETED' ? undefined : record)
  }
  const request = await new Watch(config).watch(what.path, query, receive, (error) => {
    if (!error || (error instanceof Error && error.name === 'TimeoutError')) resolve()
    else reject(error)
  })
  const abort = () => request.abort()
  stop.addEventListener('abort', abort)
  try {
    await promise
  } finally {
    stop.removeEventListener('abort', abort)
    request.abort()
  }
  return reached
}

function versionOf(object: unknown): string | undefined {
  const metadata = isRecord(object) ? object.metadata : undefined
  return isRecord(metadata) && isText(metadata.resourceVersion) ? metadata.resourceVersion : undefined
}

/** Versions of one kind of object are whole numbers that grow: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions */
const isOlder = (version: string, than: string) => BigInt(version) < BigInt(than)

const messageOf = (status: unknown) => (isRecord(status) && isText(status.message) ? status.message : 'ended')
