import t from 'tap'
import { parsePolicy } from '../../policy/schema/parse-policy.ts'
import { goldenCases, holdAgainst, podFrom, surroundingsFrom, toYaml } from './support/golden.ts'
import { applied, review } from './support/review.ts'
import { startWebhook } from './support/webhook.ts'

const cases = goldenCases()

t.test('the cases were found', async (t) => {
  t.ok(cases.length >= 15, `${cases.length} cases`)
})

for (const { name, pod: podText, policy: policyText, surroundings, expectation } of cases) {
  t.test(name.replaceAll('-', ' '), async (t) => {
    const policy = policyText === undefined ? {} : { policy: parsePolicy(policyText, `${name}/policy.yaml`) }
    const webhook = await startWebhook(t, { ...policy, lxcfs: surroundingsFrom(surroundings) })
    const pod = podFrom(podText)

    const { allowed, operations, warnings, message } = await review(webhook, pod, pod.metadata.namespace)
    if (!allowed) return holdAgainst(t, expectation, 'denied.txt', `${message}\n`)
    const result = applied(pod, operations)
    holdAgainst(t, expectation, 'expected.yaml', toYaml(result, warnings))

    const again = await review(webhook, result, pod.metadata.namespace)
    const unchanged = { allowed: true, operations: [], warnings, message: undefined }
    t.strictSame(again, unchanged, 'a second review of the result gives no operation')
  })
}
