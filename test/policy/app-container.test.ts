import t from 'tap'
import { findAppContainer } from '../../policy/app-container.ts'
import { GreenroomError } from '../../policy/greenroom-error.ts'
import { annotated, container, pod } from './pods.ts'

/** The rows of the table above `findAppContainer`. */
const table = [
  { wanted: 'web', kubectl: 'app', containers: ['app', 'web'], app: 'web' },
  { wanted: 'wbe', kubectl: 'app', containers: ['app', 'web'], app: undefined },
  { wanted: 'web', containers: ['app'], app: undefined },
  { kubectl: 'web', containers: ['app', 'web'], app: 'web' },
  { kubectl: 'gone', containers: ['main'], app: 'main' },
  { containers: ['main'], app: 'main' },
  { containers: ['proxy', 'app'], app: 'app' },
  { containers: ['proxy', 'main'], app: undefined },
  { containers: ['main', 'istio-proxy', 'vault-agent'], app: 'main' },
  { containers: ['linkerd-proxy', 'app', 'web'], app: 'app' },
  { containers: ['istio-proxy', 'one', 'two'], app: undefined },
  { containers: ['istio-proxy'], app: undefined },
  { istio: '{}', kubectl: 'web', containers: ['web', 'app', 'istio-proxy'], app: 'app' },
  { istio: '{}', kubectl: 'web', containers: ['app', 'web', 'istio-proxy'], app: 'web' },
  { istio: '{}', kubectl: 'one', containers: ['one', 'two', 'istio-proxy'], app: 'one' },
  { containers: [], app: undefined },
]

for (const { wanted, istio, kubectl, containers, app } of table) {
  const name = `${istio ? 'of Istio, ' : ''}container ${wanted ?? '–'}, kubectl ${kubectl ?? '–'}, of ${containers.join(' and ') || 'none'}: ${app ?? 'unclear'}`
  t.test(name, async (t) => {
    const annotations = {
      ...(wanted !== undefined && { 'greenroom.dev/container': wanted }),
      ...(istio !== undefined && { 'sidecar.istio.io/status': istio }),
      ...(kubectl !== undefined && { 'kubectl.kubernetes.io/default-container': kubectl }),
    }
    const spec = { containers: containers.map((name) => container({ name })) }
    const found = findAppContainer(pod({ metadata: { annotations }, spec }))
    if (found instanceof GreenroomError) t.equal(app, undefined, found.message)
    else t.strictSame(found, { index: containers.indexOf(app ?? ''), container: { name: app } })
  })
}

t.test('a later pass keeps to the container of an earlier one, whatever is the default by now', async (t) => {
  const volumeMounts = [{ name: 'greenroom', mountPath: '/greenroom' }]
  const containers = [
    container({ name: 'vault-agent', volumeMounts }), // It can be told to copy the app's mounts.
    container({ name: 'one' }),
    container({ name: 'two', volumeMounts }),
  ]
  const defaultContainer = { 'kubectl.kubernetes.io/default-container': 'one' }
  const found = findAppContainer(pod({ metadata: { annotations: defaultContainer }, spec: { containers } }))
  t.match(found, { index: 2, container: { name: 'two' } })
})

t.test('the choices are listed', async (t) => {
  const found = findAppContainer(
    pod({ spec: { containers: ['one', 'istio-proxy', 'two'].map((name) => container({ name })) } }),
  )
  t.match(found, { code: 'AppContainerUnclear', message: /Write one of one, two\.$/ })
  const only = findAppContainer(annotated({ container: 'web' }))
  t.match(only, { code: 'AppContainerUnclear', message: /Write app\.$/ })
})
