import { readFileSync } from 'node:fs'
import t from 'tap'
import { injectionPolicyResource } from '../../manifests/injection-policy.ts'
import { injectionPolicyText } from '../../manifests/injection-policy-text.ts'
import { toStructural } from '../../manifests/structural-schema.ts'

const read = (file: string) => readFileSync(file, 'utf8')

t.test('the manifest is what `npm run manifests` makes of schema and docs', async (t) => {
  t.equal(read('manifests/base/injection-policies.yaml'), injectionPolicyText(read('docs/policy.md')))
})

const none = { describe: () => undefined, rules: {}, listKeys: {} }

t.test('variants become one object, and a rule for each type', async (t) => {
  const variant = (type: string, fields: object, required: readonly string[]) => ({
    type: 'object',
    properties: { name: { type: 'string' }, type: { const: type }, ...fields },
    required: ['name', 'type', ...required],
  })
  const oneOf = [variant('a', { x: { type: 'string' } }, ['x']), variant('b', { y: { type: 'string' } }, [])]
  t.same(toStructural({ oneOf }, 'list[]', none), {
    type: 'object',
    required: ['name', 'type'],
    'x-kubernetes-validations': [
      { rule: "self.type != 'a' || (has(self.x) && !has(self.y))", message: 'type a has name, x, and needs x' },
      { rule: "self.type != 'b' || (!has(self.x))", message: 'type b has name, y' },
    ],
    properties: {
      name: { type: 'string' },
      type: { type: 'string', enum: ['a', 'b'] },
      x: { type: 'string' },
      y: { type: 'string' },
    },
  })
})

t.test('what a structural schema must not have is left out: defaults, and bounds that bound nothing', async (t) => {
  const schema = {
    type: 'integer',
    default: 1,
    minimum: -Number.MAX_SAFE_INTEGER,
    maximum: 5,
    propertyNames: { type: 'string' },
    additionalProperties: false,
  }
  t.same(toStructural(schema, 'x', none), { type: 'integer', maximum: 5 })
})

t.test('every type is one word, as a structural schema wants it', async (t) => {
  const types: unknown[] = []
  JSON.parse(JSON.stringify(injectionPolicyResource(() => undefined)), (key, value) => {
    if (key === 'type') types.push(value)
    return value
  })
  t.ok(types.length > 50)
  t.same(
    types.filter((type) => typeof type !== 'string' && (typeof type !== 'object' || Array.isArray(type))),
    [],
  )
})
