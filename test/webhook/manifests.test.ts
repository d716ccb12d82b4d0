import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { keyPrefix, statusAnnotation } from '../../policy/names.ts'
import { version } from '../../policy/version.ts'
import { parseOptions } from '../../webhook/options.ts'

const documents = (file: string) =>
  parseAllDocuments(readFileSync(`manifests/base/${file}`, 'utf8')).map((document) => document.toJS())

const options = parseOptions([])
if (options === 'help' || options.tls.from !== 'cluster') throw new Error('expected the options of a cluster')
const { namespace, port, tls } = options

t.test('the manifests use the names that the webhook looks for', async (t) => {
  const [registration] = documents('webhook.yaml')
  t.match(registration, {
    metadata: { name: tls.webhookConfiguration },
    webhooks: [{ clientConfig: { service: { name: tls.service, namespace, path: '/mutate' } } }],
  })
  t.match(documents('namespace.yaml'), [{ metadata: { name: namespace } }])
  t.match(documents('service.yaml'), [{ metadata: { name: tls.service } }])
  const rules = documents('rbac.yaml').flatMap((document) => document.rules ?? [])
  t.match(
    rules.find(({ verbs }) => verbs.includes('patch')),
    { resourceNames: [tls.webhookConfiguration] },
  )
  t.match(
    rules.find(({ resources, verbs }) => resources.includes('secrets') && verbs.includes('get')),
    {
      resourceNames: [tls.secret],
    },
  )
})

t.test('the Deployment listens where the Service sends, and runs this version', async (t) => {
  const [deployment] = documents('deployment.yaml')
  const [container] = deployment.spec.template.spec.containers
  t.match(container, { image: `greenroom:${version}`, ports: [{ name: 'https', containerPort: port }] })
  t.match(documents('service.yaml'), [{ spec: { ports: [{ targetPort: 'https' }] } }])
})

t.test('why a replica does not start is in its status, for its log is hard to pick out', async (t) => {
  const [deployment] = documents('deployment.yaml')
  t.match(deployment.spec.template.spec.containers, [{ terminationMessagePolicy: 'FallbackToLogsOnError' }])
})

t.test('a replica has as much memory beside its heap as on it', async (t) => {
  const [deployment] = documents('deployment.yaml')
  const [{ args, resources }] = deployment.spec.template.spec.containers
  t.equal(args[0], `--max-old-space-size=${Number.parseInt(resources.limits.memory, 10) / 2}`)
})

t.test('every key under the prefix but the status is registered, outside of the excluded namespaces', async (t) => {
  const [{ webhooks }] = documents('webhook.yaml')
  const [{ matchConditions, namespaceSelector, failurePolicy, timeoutSeconds }] = webhooks
  t.match(matchConditions[0].expression, `key.startsWith('${keyPrefix}') && key != '${statusAnnotation}'`)
  t.strictSame(namespaceSelector.matchExpressions[0].values, ['kube-system', namespace])
  t.equal(failurePolicy, 'Fail')
  t.ok(timeoutSeconds <= 10)
})
