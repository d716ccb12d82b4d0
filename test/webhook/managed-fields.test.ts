import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { blankManagedFields } from '../../webhook/managed-fields.ts'

function blanked(text: string): string {
  const bytes = Buffer.from(text)
  blankManagedFields(bytes)
  return bytes.toString('utf8')
}

const parsed = (text: string): unknown => JSON.parse(blanked(text))

t.test('managed fields are an empty list, all else is as it was', async () => {
  const pod = (managedFields: unknown) => ({ metadata: { labels: { a: 'ü' }, managedFields, name: 'x' }, spec: [] })
  const json = fc.jsonValue({ maxDepth: 5 })
  fc.assert(
    fc.property(fc.array(json), (list) => isDeepStrictEqual(parsed(JSON.stringify(pod(list))), pod([]))),
    { numRuns: 500 },
  )
})

t.test('text that only looks like them is left alone', async (t) => {
  for (const value of ['"managedFields":["', ',"managedFields":[', '\\"managedFields":[', '{"managedFields":[1]}']) {
    const pod = { annotations: { key: value, [value]: 'x' }, end: [']'] }
    t.strictSame(parsed(JSON.stringify(pod)), pod)
  }
})

t.test('what is no JSON stays as it is, and so do other spellings', async (t) => {
  for (const text of [
    '',
    '"managedFields":[',
    '{"managedFields":[',
    '{"managedFields":["]',
    '{"managedFields": [1]}',
    '{"managedFields":{}}',
  ]) {
    t.equal(blanked(text), text)
  }
})
