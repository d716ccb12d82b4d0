import { isDeepStrictEqual } from 'node:util'
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import { isRecord, isText } from '../policy/json.ts'
import { nodeLabel } from '../policy/lxcfs/files.ts'
import type { LxcfsNode } from '../policy/lxcfs/surroundings.ts'
import { brief } from '../serving/api-error.ts'
import { textsOf } from '../serving/policies/namespace.ts'
import { inPages, reflect } from '../serving/reflector.ts'
import { within } from '../serving/within.ts'

/** The nodes that have the lxcfs agent, as of a moment ago. */
export interface LxcfsNodes {
  /** Resolves once they are known, or will not be soon: pods that only prefer the files do without. Never rejects. */
  readonly settled: Promise<void>
  /** The same list as long as no name and no label changes, whatever else a node reports of itself. */
  readonly all: () => readonly LxcfsNode[]
  readonly stop: () => void
}

interface StoredNode extends LxcfsNode {
  /** resourceVersion. */
  readonly version: string
}

/** A node with its images and conditions may be tens of kilobytes. */
const pageSize = 100

const labelSelector = `${nodeLabel}=true`

/** Follows them. Who has no right to list nodes has none, and reads so in the log. */
export function followLxcfsNodes(config: KubeConfig, logger: Logger): LxcfsNodes {
  const core = config.makeApiClient(CoreV1Api)
  const { promise: heard, resolve: haveHeard } = Promise.withResolvers<void>()
  const nodes = new Map<string, LxcfsNode>()
  let snapshot: readonly LxcfsNode[] | undefined
  let said: unknown

  const change = (name: string, node: LxcfsNode | undefined) => {
    const present = nodes.get(name)
    if (isDeepStrictEqual(present?.labels, node?.labels)) return
    if (node) nodes.set(name, { name, labels: node.labels })
    else nodes.delete(name)
    snapshot = undefined
  }
  const reflection = reflect<StoredNode>(
    config,
    {
      path: '/api/v1/nodes',
      labelSelector,
      list: inPages(pageSize, (paging) => core.listNode({ labelSelector, ...paging })),
      parse: parseNode,
      keyOf: ({ name }) => name,
      versionOf: ({ version }) => version,
    },
    {
      onChange: change,
      onSynced: haveHeard,
      onError(error) {
        const err = brief(error)
        // It may be so on purpose, and is tried again for ever.
        if (!isDeepStrictEqual(err, said)) logger.warn({ err }, 'the nodes with lxcfs are not in step')
        said = err
        haveHeard()
      },
    },
  )
  return {
    settled: within(heard).catch((err) => logger.warn({ err }, 'the nodes with lxcfs are not known yet')),
    all() {
      snapshot ??= [...nodes.values()]
      return snapshot
    },
    stop: reflection.stop,
  }
}

/** null where the object is no node. Takes the API server's JSON as well as what its client makes of it. */
function parseNode(object: unknown): StoredNode | null {
  if (!isRecord(object) || !isRecord(object.metadata)) return null
  const { name, resourceVersion, labels } = object.metadata
  if (!isText(name) || !isText(resourceVersion)) return null
  return { name, version: resourceVersion, labels: textsOf(labels) }
}
