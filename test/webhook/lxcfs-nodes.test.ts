import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { nodeLabel } from '../../policy/lxcfs/files.ts'
import { followLxcfsNodes } from '../../webhook/lxcfs-nodes.ts'
import { listening } from '../listening.ts'
import { answerJson, configOf, createWatches } from '../stand-in-api.ts'

let version = 100
const nodeOf = (name: string, labels: object, status: object = {}) => {
  version += 1
  const metadata = { name, resourceVersion: `${version}`, labels: { [nodeLabel]: 'true', ...labels } }
  return { kind: 'Node', apiVersion: 'v1', metadata, status }
}

/** Lists in pages of one node, and watches. `status`: of the answer to a list. */
async function start(t: Test, listed: readonly object[], status = 200) {
  const watches = createWatches<'nodes'>()
  const asked: URLSearchParams[] = []
  const news = new EventEmitter()
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname !== '/api/v1/nodes') return answerJson(response, 404, {})
    asked.push(searchParams)
    if (searchParams.get('watch')) {
      watches.open('nodes', response)
      return news.emit('watch')
    }
    if (status !== 200) return answerJson(response, status, { kind: 'Status', message: 'nodes are forbidden' })
    const at = Number(searchParams.get('continue') ?? 0)
    const next = at + 1 < listed.length ? { continue: `${at + 1}` } : {}
    return answerJson(response, 200, {
      kind: 'NodeList',
      apiVersion: 'v1',
      metadata: { resourceVersion: `${version}`, ...next },
      items: listed.slice(at, at + 1),
    })
  })
  const watching = once(news, 'watch')
  const log: { readonly level: number; readonly msg: string; readonly err?: unknown }[] = []
  const logger = pino({}, { write: (line: string) => log.push(JSON.parse(line)) })
  const nodes = followLxcfsNodes(configOf(await listening(t, server)), logger)
  t.teardown(() => {
    nodes.stop()
    watches.cut()
  })
  /** Resolves once this is another list than before. */
  const told = async (type: string, object: object) => {
    const before = nodes.all()
    watches.tell('nodes', type, object)
    while (nodes.all() === before) await new Promise((resolve) => setTimeout(resolve, 5))
    return nodes.all()
  }
  return {
    nodes,
    log,
    asked,
    watching,
    told,
    tell: (type: string, object: object) => watches.tell('nodes', type, object),
  }
}

t.test('the nodes with the label are known by name and labels, from all pages', async (t) => {
  const { nodes, asked, watching } = await start(t, [nodeOf('node-1', { disk: 'ssd' }), nodeOf('node-2', {})])
  await nodes.settled
  t.strictSame(nodes.all(), [
    { name: 'node-1', labels: { [nodeLabel]: 'true', disk: 'ssd' } },
    { name: 'node-2', labels: { [nodeLabel]: 'true' } },
  ])
  await watching
  t.ok(asked.length >= 3)
  for (const search of asked) t.equal(search.get('labelSelector'), `${nodeLabel}=true`)
})

t.test('a label, a node that comes and one that goes are news', async (t) => {
  const { nodes, watching, told } = await start(t, [nodeOf('node-1', {})])
  await nodes.settled
  await watching
  const before = nodes.all()
  const labelled = await told('MODIFIED', nodeOf('node-1', { disk: 'ssd' }))
  t.strictSame(before, [{ name: 'node-1', labels: { [nodeLabel]: 'true' } }])
  t.strictSame(labelled, [{ name: 'node-1', labels: { [nodeLabel]: 'true', disk: 'ssd' } }])
  t.equal((await told('ADDED', nodeOf('node-2', {}))).length, 2)
  t.strictSame(await told('DELETED', nodeOf('node-1', {})), [{ name: 'node-2', labels: { [nodeLabel]: 'true' } }])
})

t.test('a heartbeat alone leaves what is known the very same', async (t) => {
  const { nodes, watching, tell, told } = await start(t, [nodeOf('node-1', {})])
  await nodes.settled
  await watching
  const [before] = nodes.all()
  tell('MODIFIED', nodeOf('node-1', {}, { at: 1 }))
  // Events come in order: when the second node is here, the heartbeat has been.
  const [after] = await told('ADDED', nodeOf('node-2', {}))
  t.equal(after, before)
  const [relabelled] = await told('MODIFIED', nodeOf('node-1', { disk: 'ssd' }))
  t.not(relabelled, before)
})

t.test('who may not list nodes has none, waits for nothing and says so', async (t) => {
  const { nodes, log } = await start(t, [nodeOf('node-1', {})], 403)
  await nodes.settled
  t.strictSame(nodes.all(), [])
  t.match(log, [{ level: 40, msg: 'the nodes with lxcfs are not in step', err: /403: nodes are forbidden/ }])
})
