import t from 'tap'
import { createStatusPace, policyStatus, saysSo } from '../../control-plane/policy-status.ts'
import { injectionPolicyResource } from '../../manifests/injection-policy.ts'
import { isRecord } from '../../policy/json.ts'
import { at, second } from './pods.ts'

const problem = { reason: 'InjectionMissed', message: 'm', namespace: 'shop', pod: 'a', atMs: at } as const
const selection = { digest: 'd', sinceMs: at - second }
const status = policyStatus({ injected: 2, missed: 1, missedPods: ['shop/a'], lastProblem: problem }, selection)

t.test('the status says how the pods of the policy fare', async (t) => {
  t.strictSame(status, {
    pods: { injected: 2, missed: 1 },
    missedPods: ['shop/a'],
    lastProblem: { time: '2026-01-01T00:00:00Z', namespace: 'shop', pod: 'a', reason: 'InjectionMissed', message: 'm' },
    selection: { digest: 'd', since: '2025-12-31T23:59:59Z' },
  })
})

t.test('without a problem the fields are taken out', async (t) => {
  const well = policyStatus({ injected: 0, missed: 0, missedPods: [], lastProblem: undefined }, selection)
  t.equal(well.lastProblem, null)
  t.equal(well.missedPods, null)
  t.ok(saysSo({ pods: { injected: 0, missed: 0 }, selection: well.selection }, well))
})

t.test('what others write does not matter', async (t) => {
  t.ok(saysSo({ ...status, version: '0.1.0', conditions: [{ type: 'Accepted' }] }, status))
  t.notOk(saysSo({ ...status, pods: { injected: 2, missed: 0 } }, status))
  t.notOk(saysSo({ ...status, missedPods: ['shop/b'] }, status))
  t.notOk(saysSo(undefined, status))
})

t.test('a policy is written once in a while, and the same thing not again and again', async (t) => {
  let nowMs = 0
  const pace = createStatusPace(() => nowMs)
  const other = { ...status, pods: { injected: 3, missed: 1 } }
  t.ok(pace.isDue('a', status))
  pace.note('a', status)
  t.notOk(pace.isDue('a', other), 'too soon')
  nowMs = 5_000
  t.ok(pace.isDue('a', other))
  t.notOk(pace.isDue('a', status), 'a definition that drops the fields')
  t.ok(pace.isDue('b', status), 'another policy')
  nowMs = 600_000
  t.ok(pace.isDue('a', status))
})

/** Names of the members that a schema knows, by path. */
function pathsOf(schema: unknown, path = ''): string[] {
  const members = isRecord(schema) && isRecord(schema.properties) ? Object.entries(schema.properties) : []
  return members.flatMap(([name, member]) => [`${path}${name}`, ...pathsOf(member, `${path}${name}.`)])
}

const pathsIn = (value: unknown, path = ''): string[] =>
  isRecord(value)
    ? Object.entries(value).flatMap(([name, member]) => [`${path}${name}`, ...pathsIn(member, `${path}${name}.`)])
    : []

t.test('the definition knows every field that is written', async (t) => {
  const resource: { spec: { versions: { schema: { openAPIV3Schema: { properties: { status: unknown } } } }[] } } =
    JSON.parse(JSON.stringify(injectionPolicyResource(() => undefined)))
  const known = pathsOf(resource.spec.versions[0]?.schema.openAPIV3Schema.properties.status)
  t.same(
    pathsIn(status).filter((path) => !known.includes(path)),
    [],
  )
})
