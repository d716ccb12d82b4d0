import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { parseOptions } from '../../control-plane/options.ts'
import { version } from '../../policy/version.ts'

const documents = parseAllDocuments(readFileSync('manifests/base/control-plane.yaml', 'utf8')).map((each) =>
  each.toJS(),
)
const ofKind = (kind: string) => documents.find((document) => document.kind === kind)
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

t.test('a mistake on the command line is an error that names the option', async (t) => {
  t.throws(() => parseOptions(['--port', 'http']), { code: 'OptionMalformed', message: /--port is "http"/ })
  t.throws(() => parseOptions(['--policy', 'x']), { code: 'OptionMalformed' })
  t.equal(parseOptions(['--port', 'x', '--help']), 'help')
})
