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
  { containers: [], app: undefined },
]

for (const { wanted, kubectl, containers, app } of table) {
  const name = `container ${wanted ?? '–'}, kubectl ${kubectl ?? '–'}, of ${containers.join(' and ') || 'none'}: ${app ?? 'unclear'}`
  t.test(name, async (t) => {
    const annotations = {
      ...(wanted !== undefined && { 'greenroom.dev/container': wanted }),
      ...(kubectl !== undefined && { 'kubectl.kubernetes.io/default-container': kubectl }),
    }
    const spec = { containers: containers.map((name) => container({ name })) }
    const found = findAppContainer(pod({ metadata: { annotations }, spec }))
    if (found instanceof GreenroomError) t.equal(app, undefined, found.message)
    else t.strictSame(found, { index: containers.indexOf(app ?? ''), container: { name: app } })
  })
}

t.test('the choices are listed', async (t) => {
  const found = findAppContainer(
    pod({ spec: { containers: [container({ name: 'one' }), container({ name: 'two' })] } }),
  )
  t.match(found, { code: 'AppContainerUnclear', message: /Write one of one, two\.$/ })
  const only = findAppContainer(annotated({ container: 'web' }))
  t.match(only, { code: 'AppContainerUnclear', message: /Write app\.$/ })
})
