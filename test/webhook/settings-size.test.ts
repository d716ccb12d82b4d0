import t from 'tap'
import { podSchema } from '../../policy/schema/pod.ts'
import { admit } from '../../webhook/admit.ts'
import { setup } from './support/webhook.ts'

/** Every annotation at its greatest length, in characters that take the most room in JSON and in an environment. */
const longest = {
  'greenroom.dev/inject': 'true',
  'greenroom.dev/checkurl': `:1/${'$'.repeat(1_997)}`,
  'greenroom.dev/pre-online': `/${'$'.repeat(1_999)}`,
  'greenroom.dev/verify': `/${'"'.repeat(1_999)}`,
  'greenroom.dev/reload': `/${'\\'.repeat(1_999)}`,
  'greenroom.dev/post-offline': `/${'$'.repeat(1_999)}`,
  'greenroom.dev/hooks': `/${'$'.repeat(999)}`,
  'greenroom.dev/authorize': Array.from({ length: 63 }, (_, index) => `${index}`.padEnd(252, '$')).join(','),
}

const verdictOn = (spec: object) => {
  const base = setup()
  const authorization = { ...base.policy.authorization, endpoint: 'https://authorization.example.com' }
  const pod = podSchema.parse({ metadata: { annotations: longest }, spec })
  return admit(pod, 'shop', { ...base, policy: { ...base.policy, authorization } })
}

t.test('annotations alone never make settings that are too large', async (t) => {
  t.match(verdictOn({ containers: [{ name: 'app' }] }).decision, { kind: 'inject', problems: [] })
})

t.test('the error names the part that takes the most', async (t) => {
  const ports = Array.from({ length: 10_000 }, (_, index) => ({ containerPort: 50_000 + index }))
  const { decision } = verdictOn({ containers: [{ name: 'app', ports }] })
  t.match(decision.problems[0], {
    code: 'SettingsTooLarge',
    message: /Shorten what is in its drain: 60\d{3} characters\./,
  })
})
