import t from 'tap'
import { kubectl, kubectlWith } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { ordersPod } from './support/pod.ts'
import { withoutAdvice } from './support/workload-advice.ts'

const namespace = await createNamespace('workloads')
t.teardown(() => namespace.remove())

interface Change {
  readonly annotations?: Record<string, string>
  readonly container?: object
}

function template({ annotations = {}, container = {} }: Change) {
  const { metadata, spec } = ordersPod('orders', { annotations, container })
  return { metadata: { labels: metadata.labels, annotations: metadata.annotations }, spec }
}

function deployment(name: string, change: Change = {}, replicas = 0) {
  const selector = { matchLabels: { app: 'orders' } }
  const spec = { replicas, selector, template: template(change) }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: namespace.name }, spec }
}

function cronJob(name: string, change: Change = {}) {
  const pod = template(change)
  const jobTemplate = { spec: { template: { ...pod, spec: { ...pod.spec, restartPolicy: 'Never' } } } }
  const metadata = { name, namespace: namespace.name }
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata,
    spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate },
  }
}

const apply = (object: object) => kubectlWith([object], 'apply')
const typo = { annotations: { 'greenroom.dev/pre-onlin': '/app/warm-up', 'greenroom.dev/pre-start': 'off' } }
const right = { annotations: { 'greenroom.dev/pre-start': 'off' } }
const probeless = { ...right, container: { readinessProbe: undefined } }

t.test('who applies a workload with a typo is refused, with what to write', async (t) => {
  for (const object of [deployment('typo', typo), cronJob('typo', typo)]) {
    const { code, output } = await apply(object)
    t.equal(code, 1)
    t.match(
      output,
      /workload\.greenroom\.dev.*AnnotationUnknown: .*Did you mean annotation greenroom\.dev\/pre-online\?/,
    )
  }
})

t.test('one that is right is told nothing, and one whose pods will be left alone is told why', async (t) => {
  t.notMatch((await apply(deployment('right', right))).output, /Warning/)
  t.notMatch((await apply(cronJob('right', right))).output, /Warning/)
  const { code, output } = await apply(deployment('probeless', probeless))
  t.equal(code, 0)
  t.match(output, /Warning: CheckurlMissing: /)
})

t.test(
  'a workload that was admitted before can be scaled and annotated, but its template is judged when it changes',
  async (t) => {
    const restoreAdvice = await withoutAdvice(namespace.name, deployment('typo', typo))
    t.equal((await apply(deployment('old', typo))).code, 0)
    await restoreAdvice()
    await kubectl('scale', '-n', namespace.name, 'deployment/old', '--replicas=1')
    await kubectl('annotate', '-n', namespace.name, 'deployment/old', 'note=x')
    await namespace.untilAny('of the old Deployment', ({ metadata }) => metadata.name.startsWith('old-'))
    const { code, output } = await apply(deployment('old', { annotations: { ...typo.annotations, note: 'x' } }, 1))
    t.equal(code, 1)
    t.match(output, 'AnnotationUnknown')
  },
)
