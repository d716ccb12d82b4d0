import t from 'tap'
import { fixturePod, shell } from './fixture-pod.ts'
import { startOrder, stopsAfter } from './order.ts'

const sidecar = { restartPolicy: 'Always' }
const pod = fixturePod({
  initContainers: [shell('first', ''), shell('proxy', '', sidecar), shell('second', ''), shell('agent', '', sidecar)],
  containers: [shell('web', ''), shell('worker', '')],
})

t.strictSame(
  startOrder(pod).map(({ role, container }) => [container.name, role]),
  [
    ['first', 'init'],
    ['proxy', 'sidecar'],
    ['second', 'init'],
    ['agent', 'sidecar'],
    ['web', 'app'],
    ['worker', 'app'],
  ],
  'init containers in the order of the list, sidecars among them, then apps',
)

t.strictSame(
  Object.fromEntries(stopsAfter(pod)),
  { proxy: ['agent', 'web', 'worker'], agent: ['web', 'worker'], web: [], worker: [] },
  'apps stop at once, sidecars after all of them and in reverse order',
)
