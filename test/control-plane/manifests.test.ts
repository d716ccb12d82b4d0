import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { parseOptions } from '../../control-plane/options.ts'
import { agent, nodeLabel } from '../../policy/lxcfs/files.ts'
import { version } from '../../policy/version.ts'

const documentsIn = (path: string) => parseAllDocuments(readFileSync(path, 'utf8')).map((each) => each.toJS())
const documents = documentsIn('manifests/base/control-plane.yaml')
const ofKind = (kind: string, among = documents) => among.find((document) => document.kind === kind)
const rulesOf = (kind: string, resource: string) =>
  ofKind(kind).rules.filter(({ resources }: { resources: string[] }) => resources.includes(resource))

const options = parseOptions([])
if (options === 'help') throw new Error('expected options')

t.test('the manifests use the names that the control plane looks for', async (t) => {
  t.match(rulesOf('Role', 'leases'), [
    { verbs: ['create'] },
    { resourceNames: [options.lease], verbs: ['get', 'update'] },
  ])
  const [container] = ofKind('Deployment').spec.template.spec.containers
  t.match(container, { image: `greenroom:${version}`, ports: [{ name: 'http', containerPort: options.port }] })
  t.ok(container.args.includes('/opt/greenroom/control-plane.cjs'))
  t.equal(container.args[0], `--max-old-space-size=${Number.parseInt(container.resources.limits.memory, 10) / 2}`)
})

t.test('it may read pods and have them evicted, and write none', async (t) => {
  t.same(
    rulesOf('ClusterRole', 'pods').map(({ verbs }: { verbs: string[] }) => verbs),
    [['list', 'watch']],
  )
  t.same(
    rulesOf('ClusterRole', 'pods/eviction').map(({ verbs }: { verbs: string[] }) => verbs),
    [['create']],
  )
  const all = documents.flatMap(({ rules = [] }) => rules.flatMap(({ verbs }: { verbs: string[] }) => verbs))
  t.notOk(all.includes('delete') || all.includes('*'))
})

t.test('of nodes it may write where lxcfs is installed, and there a policy holds it to one label', async (t) => {
  t.same(rulesOf('ClusterRole', 'nodes'), [], 'the base has no lxcfs')
  const lxcfs = documentsIn('manifests/lxcfs/node-labels.yaml')
  const { rules } = ofKind('ClusterRole', lxcfs)
  t.same(rules, [{ apiGroups: [''], resources: ['nodes'], verbs: ['list', 'watch', 'patch'] }])
  const { roleRef, subjects } = ofKind('ClusterRoleBinding', lxcfs)
  const account = { kind: 'ServiceAccount', name: ofKind('ServiceAccount').metadata.name, namespace: options.namespace }
  t.match(roleRef, { kind: 'ClusterRole', name: ofKind('ClusterRole', lxcfs).metadata.name })
  t.same(subjects, [account])

  const { metadata, spec } = ofKind('ValidatingAdmissionPolicy', lxcfs)
  const username = `system:serviceaccount:${account.namespace}:${account.name}`
  t.same(
    spec.matchConditions.map(({ expression }: { expression: string }) => expression),
    [`request.userInfo.username == '${username}'`],
  )
  t.equal(spec.failurePolicy, 'Fail')
  t.match(spec.matchConstraints.resourceRules, [{ resources: rules[0].resources, operations: ['UPDATE'] }])
  const [sets, changes] = spec.validations
  for (const { expression } of [sets, changes]) t.match(expression, `key == '${nodeLabel}'`)
  t.match(ofKind('ValidatingAdmissionPolicyBinding', lxcfs).spec, {
    policyName: metadata.name,
    validationActions: ['Deny'],
  })
})

t.test('the agent of lxcfs is known by its namespace and label', async (t) => {
  const { metadata, spec } = ofKind('DaemonSet', documentsIn('manifests/lxcfs/daemonset.yaml'))
  t.equal(metadata.namespace, agent.namespace)
  t.equal(spec.template.metadata.labels[agent.label], agent.value)
})

t.test('a mistake on the command line is an error that names the option', async (t) => {
  t.throws(() => parseOptions(['--port', 'http']), { code: 'OptionMalformed', message: /--port is "http"/ })
  t.throws(() => parseOptions(['--policy', 'x']), { code: 'OptionMalformed' })
  t.equal(parseOptions(['--port', 'x', '--help']), 'help')
})
