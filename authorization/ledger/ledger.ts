import { CustomObjectsApi as CustomObjects, type CustomObjectsApi, type KubeConfig } from '@kubernetes/client-node'
import { codeOf, undefinedOn } from '../../serving/api-error.ts'
import { type Listener, pageOf, type Reflection, reflect } from '../../serving/reflector.ts'
import { type Entry, ledgerResource, objectOf, parseEntry } from './entry.ts'

/** What a write changes. What is not ours to change, who and what for, never does. */
export type EntryChange = Partial<Pick<Entry, 'state' | 'calls' | 'claim' | 'condition'>>

/** `overtaken`: somebody else wrote since the entry was read; `gone`: it is not there any more. */
export type Written = Entry | 'overtaken' | 'gone'

/** The entries of all pods: read from a copy, written at the API server, each write guarded by the version that it was made from. */
export interface Ledger {
  readonly isSynced: () => boolean
  readonly get: (uid: string) => Entry | undefined
  readonly all: () => Iterable<Entry>
  /** Creates it, or returns the one that is there. */
  readonly open: (
    entry: Omit<Entry, 'version' | 'createdMs' | 'state' | 'calls' | 'claim' | 'condition'>,
  ) => Promise<Entry>
  readonly write: (entry: Entry, change: EntryChange) => Promise<Written>
  /** `gone`: another did it. */
  readonly remove: (entry: Entry) => Promise<'removed' | 'gone' | 'overtaken'>
  /** As the API server has it now. */
  readonly read: (uid: string) => Promise<Entry | null>
  readonly stop: () => void
}

const pageSize = 500

/** Opens the ledger in Greenroom's own namespace. */
export function openLedger(config: KubeConfig, namespace: string, listener: Listener<Entry>): Ledger {
  const api = config.makeApiClient(CustomObjects)
  const place = { ...ledgerResource, namespace }
  const { group, version, plural } = ledgerResource
  const copy: Reflection<Entry> = reflect(
    config,
    {
      path: `/apis/${group}/${version}/namespaces/${namespace}/${plural}`,
      list: (after) => listPage(api, place, after),
      parse: parseEntry,
      keyOf: ({ uid }) => uid,
      versionOf: (entry) => entry.version,
    },
    listener,
  )
  const keep = (object: unknown): Entry => {
    const entry = parseEntry(object)
    if (!entry) throw new TypeError('the API server returned an Authorization that is none')
    copy.put(entry)
    return entry
  }
  return {
    isSynced: copy.isSynced,
    get: copy.get,
    all: copy.all,
    stop: copy.stop,
    async open(about) {
      const fresh = { ...about, state: 'Pending', calls: null, claim: null, condition: null, createdMs: 0 } as const
      // Without its status, which a creation would ignore.
      const { status: _, ...body } = objectOf(fresh, namespace)
      const created = await api.createNamespacedCustomObject({ ...place, body }).catch(undefinedOn(409))
      return keep(created ?? (await api.getNamespacedCustomObject({ ...place, name: about.uid })))
    },
    async write(entry, change) {
      const body = objectOf({ ...entry, ...change }, namespace)
      const request = { ...place, name: entry.uid, body }
      const written = await api
        .replaceNamespacedCustomObjectStatus(request)
        .catch(wordOn({ 404: 'gone', 409: 'overtaken' }))
      return written === 'gone' || written === 'overtaken' ? written : keep(written)
    },
    async remove({ uid, version: resourceVersion }) {
      const body = { preconditions: { resourceVersion } }
      const answer = await api
        .deleteNamespacedCustomObject({ ...place, name: uid, body })
        .catch(wordOn({ 404: 'gone', 409: 'overtaken' }))
      return answer === 'overtaken' || answer === 'gone' ? answer : 'removed'
    },
    async read(uid) {
      const found = await api.getNamespacedCustomObject({ ...place, name: uid }).catch(undefinedOn(404))
      return found === undefined ? null : keep(found)
    },
  }
}

async function listPage(api: CustomObjectsApi, place: { namespace: string } & typeof ledgerResource, after?: string) {
  const page: unknown = await api.listNamespacedCustomObject({
    ...place,
    limit: pageSize,
    ...(after !== undefined && { _continue: after }),
  })
  return pageOf(page)
}

const wordOn =
  <Word extends string>(words: Readonly<Record<number, Word>>) =>
  (error: unknown): Word => {
    const word = words[codeOf(error) ?? 0]
    if (word !== undefined) return word
    throw error
  }
