import t from 'tap'
import { nodeLabel } from '../../../policy/lxcfs/files.ts'
import { type LxcfsNode, podSecurityLabel } from '../../../policy/lxcfs/surroundings.ts'
import { defaultPolicy } from '../../../policy/schema/injection-policy.ts'
import { createHandler } from '../../../webhook/handler.ts'
import { createSetupFinder } from '../../../webhook/setup-finder.ts'
import { createSurroundings } from '../../../webhook/surroundings.ts'
import { reviewOf } from '../support/review.ts'

const orders = {
  metadata: {
    generateName: 'orders-',
    annotations: { 'greenroom.dev/inject': 'true', 'greenroom.dev/lxcfs': 'prefer' },
  },
  spec: {
    nodeSelector: { disk: 'ssd' },
    containers: [
      {
        name: 'app',
        command: ['/app'],
        resources: { limits: { memory: '1Gi' } },
        readinessProbe: { httpGet: { path: '/', port: 8080 } },
      },
    ],
  },
}

t.test('a known answer holds until a label of a node or the level of the namespace changes', async (t) => {
  const nodeWith = (disk: string): readonly LxcfsNode[] => [{ name: 'node-1', labels: { [nodeLabel]: 'true', disk } }]
  let nodes = nodeWith('hdd')
  let labels: Record<string, string> = {}
  const found = { policy: defaultPolicy }
  const findSetup = createSetupFinder(
    { find: () => found, surroundings: createSurroundings({ nodes: () => nodes, labelsOf: () => labels }) },
    { image: 'greenroom', version: '0', namespace: 'ours', drawToken: () => 'token' },
  )
  const seen: string[] = []
  const handle = createHandler(findSetup, {
    observe: (_, { problems = ['none'] }, __, isKnown) => seen.push(`${isKnown ? 'known' : 'new'}: ${problems.join()}`),
    nowMs: () => performance.now(),
    readRelease: async () => false,
  })
  const ask = async () => {
    seen.length = 0
    for (const _ of [1, 2, 3]) await handle(Buffer.from(reviewOf(orders)))
    return seen.join(' ')
  }
  t.equal(await ask(), 'new: LxcfsNotInstalled new: LxcfsNotInstalled known: LxcfsNotInstalled')
  nodes = nodeWith('ssd')
  t.equal(await ask(), 'new: none known: none known: none')
  labels = { [podSecurityLabel]: 'baseline' }
  t.equal(await ask(), 'new: LxcfsPodSecurity known: LxcfsPodSecurity known: LxcfsPodSecurity')
  labels = {}
  t.equal(await ask(), 'new: none known: none known: none')
})
