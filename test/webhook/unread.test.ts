import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { cutEnvironments, cutManagedFields } from '../../webhook/unread.ts'

const cut = (text: string): string => cutEnvironments(cutManagedFields(Buffer.from(text))).toString('utf8')

const parsed = (text: string): unknown => JSON.parse(cut(text))

interface Unread {
  readonly managedFields: unknown
  readonly env: unknown
}

/** Environments of small pods are not worth the cutting. */
const large = 'ü'.repeat(16 * 1024)

const pod = ({ managedFields, env }: Unread) => ({
  metadata: { labels: { a: large }, managedFields, name: 'x' },
  spec: { containers: [{ name: 'app', env }, { env, name: 'other', args: ['[', ']'] }, { name: 'none' }] },
})

const list = fc.array(fc.jsonValue({ maxDepth: 5 }))

t.test('managed fields and environments are empty lists, all else is as it was', async () => {
  fc.assert(
    fc.property(list, list, (managedFields, env) =>
      isDeepStrictEqual(parsed(JSON.stringify(pod({ managedFields, env }))), pod({ managedFields: [], env: [] })),
    ),
    { numRuns: 500 },
  )
})

t.test('an environment is left where somebody reads it', async (t) => {
  const env = [{ name: 'A', value: 'a' }]
  for (const reader of [
    { name: 'greenroom' },
    { name: 'greenroom-authorize' },
    { name: 'istio-proxy' },
    { 'greenroom.dev/pre-start': '/bin/prepare' },
  ]) {
    const read = (unread: Unread) => ({ ...pod(unread), reader })
    t.strictSame(parsed(JSON.stringify(read({ managedFields: [1], env }))), read({ managedFields: [], env }))
  }
})

t.test('text that only looks like them is left alone', async (t) => {
  for (const value of [
    ...['"managedFields":["', ',"managedFields":[', '\\"managedFields":[', '{"managedFields":[1]}'],
    ...['"env":["', ',"env":[', '\\"env":[', '{"env":[1]}'],
  ]) {
    const text = { annotations: { key: value, [value]: 'x' }, end: [']'] }
    t.strictSame(parsed(JSON.stringify(text)), text)
  }
})

t.test('what is no JSON stays as it is, and so do other spellings', async (t) => {
  for (const member of ['"managedFields"', '"env"']) {
    for (const text of [
      `${member}:[`,
      `{${member}:[`,
      `{${member}:["]`,
      `{${member}: [1]}`,
      `{${member}:{}}`,
      // Each is looked through once: a body full of them takes no longer than another.
      `{${member}:[`.repeat(300_000),
    ]) {
      t.equal(cut(text), text)
    }
  }
  t.equal(cut(''), '')
})
