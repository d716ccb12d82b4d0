import pino from 'pino'
import t, { type Test } from 'tap'
import { createNodeLabeller, refusedPauseMs } from '../../control-plane/node-labeller.ts'
import { type NodeFacts, nodesToLabel, parseNodeFacts, readyAgentNodes } from '../../control-plane/node-labels.ts'
import { startRounds } from '../../control-plane/rounds.ts'
import { type Act, startApiServer } from './api-server.ts'
import { type PodSketch, pod, podObject } from './pods.ts'

const agentSketch = (node: string, sketch: PodSketch = {}): PodSketch => ({
  name: `greenroom-lxcfs-${node}`,
  namespace: 'kube-system',
  labels: { 'app.kubernetes.io/component': 'lxcfs' },
  spec: { nodeName: node },
  ...sketch,
})
const agentOn = (node: string, sketch: PodSketch = {}) => pod(agentSketch(node, sketch))
const node = (name: string, labels: object = {}) => ({ metadata: { name, labels } })
const label = 'greenroom.dev/lxcfs'

t.test('a node wants the label once its agent is Ready', async (t) => {
  const rows: readonly (readonly [string, PodSketch, boolean])[] = [
    ['Ready', {}, true],
    ['not Ready yet', { isReady: false }, false],
    ['on its way out', { isDeleting: true }, false],
    ['ended', { phase: 'Failed' }, false],
    ['of a namespace where others create pods', { namespace: 'shop' }, false],
    ['another pod', { labels: { app: 'orders' } }, false],
  ]
  for (const [title, sketch, isReady] of rows) t.equal(readyAgentNodes([agentOn('a', sketch)]).has('a'), isReady, title)
})

t.test('of these get it which are there and have it with no value', async (t) => {
  const facts = new Map([
    ['new', { name: 'new', version: '1', isLabelled: false }],
    ['labelled', { name: 'labelled', version: '1', isLabelled: true }],
    ['without-agent', { name: 'without-agent', version: '1', isLabelled: false }],
  ])
  t.same(
    nodesToLabel(new Set(['new', 'labelled', 'unknown']), (name) => facts.get(name)),
    ['new'],
  )
})

t.test('of a node a few words are kept', async (t) => {
  const object = { metadata: { name: 'a', resourceVersion: '7', labels: { zone: 'b' } }, status: { images: [] } }
  t.strictSame(parseNodeFacts(object), { name: 'a', version: '7', isLabelled: false })
  for (const value of ['true', 'false', '']) {
    const labels = { [label]: value }
    t.match(parseNodeFacts({ metadata: { ...object.metadata, labels } }), { isLabelled: true }, `"${value}"`)
  }
  t.match(parseNodeFacts({ metadata: { name: 'a', resourceVersion: '7' } }), { isLabelled: false })
  for (const none of [null, 'node', {}, { metadata: {} }, { metadata: { name: 'a' } }])
    t.equal(parseNodeFacts(none), null)
})

/** A labeller of nodes that have no label yet. `answer`: an HTTP status, where the API server refuses. */
function prepare(names: readonly string[], answer: (name: string) => number | undefined = () => undefined) {
  const nodes = new Map<string, NodeFacts>(names.map((name) => [name, { name, version: '1', isLabelled: false }]))
  const state = {
    nowMs: 0,
    isLeading: true,
    isSynced: true,
    follows: 0,
    stops: 0,
    asked: [] as string[],
    errors: [] as string[],
  }
  const labeller = createNodeLabeller({
    follow() {
      state.follows += 1
      return {
        isSynced: () => state.isSynced,
        get: (name) => nodes.get(name),
        put: (each) => void nodes.set(each.name, each),
        stop: () => {
          state.stops += 1
        },
      }
    },
    async writeLabel(name) {
      state.asked.push(name)
      const code = answer(name)
      if (code !== undefined) throw Object.assign(new Error(`HTTP ${code}`), { code, body: '' })
      return nodes.has(name) ? { name, version: '2', isLabelled: true } : null
    },
    isLeading: () => state.isLeading,
    nowMs: () => state.nowMs,
    onLabelled: () => {},
    onError: (_, name) => state.errors.push(name),
  })
  const agents = names.map((name) => agentOn(name))
  return { state, round: (pods = agents) => labeller.round(pods) }
}

t.test('nodes are not looked at before there is an agent, nor by one who does not lead', async (t) => {
  const { state, round } = prepare(['a'])
  await round([pod()])
  await round([agentOn('a', { isReady: false })])
  state.isLeading = false
  await round()
  t.equal(state.follows, 0)
  state.isLeading = true
  await round()
  await round()
  t.match(state, { follows: 1, asked: ['a'] })
})

t.test('nodes are followed no longer than there is an agent, for the permission goes with it', async (t) => {
  const { state, round } = prepare(['a'])
  await round()
  await round([pod()])
  await round([pod()])
  t.match(state, { follows: 1, stops: 1 })
  await round()
  t.match(state, { follows: 2, stops: 1 }, 'and anew with the next one')
})

t.test('nothing is written while the nodes are not known', async (t) => {
  const { state, round } = prepare(['a'])
  state.isSynced = false
  await round()
  t.same(state.asked, [])
})

t.test('whoever stops leading in between writes no more', async (t) => {
  const { state, round } = prepare(['a', 'b'], () => {
    state.isLeading = false
    return undefined
  })
  await round()
  t.same(state.asked, ['a'])
})

t.test('a large cluster is labelled a bounded number of nodes at a time', async (t) => {
  const names = Array.from({ length: 120 }, (_, index) => `node-${index}`)
  const { state, round } = prepare(names)
  const counts: number[] = []
  for (let nth = 0; nth < 4; nth += 1) {
    await round()
    counts.push(state.asked.length)
  }
  t.same(counts, [50, 100, 120, 120])
})

t.test('a node that is refused is asked for again after a pause, and holds up no other', async (t) => {
  const { state, round } = prepare(['a', 'b'], (name) => (name === 'a' && state.nowMs === 0 ? 500 : undefined))
  await round()
  await round()
  t.match(state, { asked: ['a', 'b'], errors: ['a'] })
  state.nowMs = refusedPauseMs
  await round()
  await round()
  t.same(state.asked, ['a', 'b', 'a'])
})

t.test('a permission that is missing is said once in a pause', async (t) => {
  const { state, round } = prepare(['a', 'b', 'c'], () => 403)
  await round()
  await round()
  t.match(state, { asked: ['a', 'b', 'c'], errors: ['a'] })
  state.nowMs = refusedPauseMs
  await round()
  t.match(state, { asked: ['a', 'b', 'c', 'a', 'b', 'c'], errors: ['a', 'a'] })
})

/** A cluster of these pods, as a new leader finds it. */
async function lead(
  t: Test,
  pods: readonly PodSketch[] = [],
  { isLeading = true, onPatchNode = (): number => 200 } = {},
) {
  const api = await startApiServer(t, { entries: [], onPatchNode })
  const putAgent = (on: string, sketch?: PodSketch) => api.put('pods', podObject(agentSketch(on, sketch)))
  for (const sketch of pods) api.put('pods', podObject(sketch))
  const { promise: warned, resolve: warn } = Promise.withResolvers<Record<string, unknown>>()
  const logger = pino({ level: 'warn' }, { write: (line: string) => warn(JSON.parse(line)) })
  // Who leads is asked at the beginning of each round, and within a round that finds an agent: the third time is of a later one.
  const { promise: roundPassed, resolve: passRound } = Promise.withResolvers<void>()
  let asked = 0
  const rounds = startRounds({
    config: api.config,
    logger,
    namespace: 'ours',
    isLeading() {
      asked += 1
      if (asked === 3) passRound()
      return isLeading
    },
    countEviction: () => {},
  })
  t.teardown(rounds.stop)
  return { ...api, putAgent, warned, roundPassed }
}

const isPatchOf = (name: string) => (act: Act) => act.kind === 'patch-node' && act.node === name
const patched = (acts: readonly Act[]) => acts.flatMap((act) => (act.kind === 'patch-node' ? act.node : []))

t.test(
  'the label is set once the agent is Ready, by a patch of nothing else, also where the node comes later',
  async (t) => {
    const cluster = await lead(t)
    cluster.put('nodes', node('a', { zone: 'z' }))
    cluster.put('nodes', node('kept-off', { [label]: 'false' }))
    cluster.put('nodes', node('labelled', { [label]: 'true' }))
    for (const name of ['kept-off', 'labelled', 'later']) cluster.putAgent(name)
    cluster.putAgent('a', { isReady: false })
    for (const asked of ['list-nodes', 'watch-nodes'])
      t.match(await cluster.seen(({ kind }) => kind === asked), { labelSelector: `!${label}` })
    cluster.put('nodes', node('later'))
    await cluster.seen(isPatchOf('later'))
    t.same(patched(cluster.acts), ['later'], 'and none of the others')
    cluster.putAgent('a')
    t.strictSame(await cluster.seen(isPatchOf('a')), {
      kind: 'patch-node',
      node: 'a',
      body: { metadata: { labels: { [label]: 'true' } } },
      fieldManager: 'greenroom-control-plane',
    })
    // Whoever comes last shows that two rounds have passed over the others.
    cluster.put('nodes', node('last'))
    cluster.putAgent('last')
    await cluster.seen(isPatchOf('last'))
    t.same(patched(cluster.acts), ['later', 'a', 'last'], 'none twice')
  },
)

t.test('without an agent, and without leading, nothing is asked of nodes', async (t) => {
  const clusters = await Promise.all([
    lead(t, [agentSketch('a', { namespace: 'shop' }), agentSketch('b', { isReady: false })]),
    lead(t, [agentSketch('a')], { isLeading: false }),
  ])
  for (const { acts, roundPassed } of clusters) {
    await roundPassed
    t.same(acts, [])
  }
})

t.test('what may not be done says where the permission comes from', async (t) => {
  const cluster = await lead(t, [agentSketch('a')], { onPatchNode: () => 403 })
  cluster.put('nodes', node('a'))
  t.match(await cluster.warned, { node: 'a', msg: 'a node was not labelled', hint: /manifests\/lxcfs/ })
})
