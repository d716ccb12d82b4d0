import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { z } from 'zod'
import { authorizationPolicySchema } from '../../../policy/schema/authorization-policy.ts'
import { parseDocument } from '../../../policy/schema/parse-policy.ts'

const head = 'apiVersion: greenroom.dev/v1alpha1\nkind: AuthorizationPolicy\nmetadata: { name: test }\nspec:\n'
const read = (spec: string) => parseDocument(authorizationPolicySchema, head + spec, 'policy.yaml').spec
const endpoint = '  service: { endpoint: "http://a.example" }\n'

t.test('the least policy has every default', async (t) => {
  t.match(read(endpoint), {
    service: { endpoint: 'http://a.example', callTimeout: 5_000 },
    limits: { rate: { calls: 5, per: 1_000 }, pod: { calls: 3, per: 600_000 }, concurrency: 10, replicas: 1 },
    breaker: { failures: 5, pause: 30_000 },
    revocations: { most: 100, percent: 25, per: 600_000 },
    bindings: [],
  })
})

const mistakes = [
  ['  service: {}\n', /service\.endpoint .*expected it or requests, one of the two/],
  [
    '  service: { endpoint: "http://a.example", requests: { grant: { method: PUT, url: "http://b.example/{uid}" }, revoke: { method: DELETE, url: "http://b.example/{uid}" } } }\n',
    /it or requests, one of the two/,
  ],
  [`${endpoint}  limits: { rate: { calls: 5, per: 1500ms } }\n`, /whole seconds from 1s to 24h/],
  [`${endpoint}  limits: { rate: { calls: 0 } }\n`, /a whole number from 1 to 10000/],
  [`${endpoint}  limits: { rate: { calls: 1 }, replicas: 2 }\n`, /at most as many as limits\.rate\.calls/],
  [`${endpoint}  limits: { redis: { url: "http://r" } }\n`, /a URL with redis or rediss/],
  [
    `${endpoint}  bindings: [{ namespaces: [shop], applications: [orders] }]\n`,
    /resources.*a list of names or patterns/,
  ],
  [`${endpoint}  binding: []\n`, /Did you mean bindings\?/],
] as const

for (const [spec, message] of mistakes) {
  t.test(`${spec.trim().split('\n').at(-1)} is refused with what to do`, async (t) => {
    t.throws(() => read(spec), { code: 'PolicyMalformed', message })
  })
}

t.test('the policy that is shipped can be read', async (t) => {
  const text = readFileSync('manifests/gate/policy.yaml', 'utf8')
  t.equal(parseDocument(authorizationPolicySchema, text, 'policy.yaml').spec.limits.replicas, 2)
  t.equal(parse(text).spec.limits.replicas, parse(readFileSync('manifests/gate/deployment.yaml', 'utf8')).spec.replicas)
})

interface Node {
  readonly properties?: Readonly<Record<string, Node>>
}

t.test('docs/gate.md has every field', async (t) => {
  const schema: Node = JSON.parse(
    JSON.stringify(z.toJSONSchema(authorizationPolicySchema, { io: 'input', unrepresentable: 'any' })),
  )
  const page = readFileSync('docs/gate.md', 'utf8')
  for (const [name, { properties }] of Object.entries(schema.properties?.spec?.properties ?? {}))
    for (const field of Object.keys(properties ?? {}))
      t.match(page, new RegExp(`\`(${name})?\\.${field}\\b`), `${name}.${field}`)
})
