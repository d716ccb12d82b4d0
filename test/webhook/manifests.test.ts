import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { containerNames, keyPrefix, statusAnnotation } from '../../policy/names.ts'
import { version } from '../../policy/version.ts'
import { registrationsNamed } from '../../webhook/certificates/registration.ts'
import { parseOptions } from '../../webhook/options.ts'
import { workloadKinds } from '../../webhook/workload/pod-template.ts'

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
  const registered = rules
    .filter(({ verbs, resourceNames }) => verbs.includes('patch') && resourceNames)
    .flatMap(({ resources, resourceNames }) => resourceNames.map((name: string) => `${resources} ${name}`))
  t.same(
    registered.sort(),
    registrationsNamed(tls.webhookConfiguration)
      .map(({ kind, name }) => `${kind.toLowerCase()}s ${name}`)
      .sort(),
  )
  t.match(
    rules.find(({ resources, verbs }) => resources.includes('secrets') && verbs.includes('get')),
    { resourceNames: [tls.secret], verbs: ['get', 'update'] },
  )
  t.same(
    rules.filter(({ resources }) => resources.includes('nodes')).map(({ verbs }) => verbs),
    [['list', 'watch']],
    'nodes are looked at, and never written',
  )
})

t.test('no manifest says whom to trust: what it says would be wrong after the next rotation', async (t) => {
  const manifests = readdirSync('manifests', { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.yaml$/.test(file),
  )
  t.ok(manifests.length > 10)
  t.same(
    manifests.filter((file) => /^\s*caBundle:/m.test(readFileSync(`manifests/${file}`, 'utf8'))),
    [],
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

t.test(
  'the final check is for the pods that ask, as the registration says it, and finds what is injected by its name',
  async (t) => {
    const [registration] = documents('webhook.yaml')
    const [policy] = documents('../final-check/policy.yaml')
    const [{ matchConditions, namespaceSelector, rules }] = registration.webhooks
    t.same(policy.spec.matchConditions, matchConditions)
    t.same(policy.spec.matchConstraints, { namespaceSelector, resourceRules: rules })
    t.match(policy.spec.validations[0].expression, `each.name == '${containerNames.sidecar}'`)
  },
)

t.test('workloads are looked at in all kinds that have pods', async (t) => {
  const [{ webhooks }] = documents('workload-webhook.yaml')
  const resources = webhooks[0].rules.flatMap((rule: { resources: string[] }) => rule.resources)
  t.same(resources.sort(), workloadKinds.map((kind) => `${kind.toLowerCase()}s`).sort())
})
