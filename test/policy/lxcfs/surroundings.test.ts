import t from 'tap'
import { podSecurityLabel, podSecurityOf } from '../../../policy/lxcfs/surroundings.ts'

t.test('the level is that of the label enforce, and of no other', async (t) => {
  const levelOf = (level: string) => podSecurityOf({ [podSecurityLabel]: level })
  for (const level of ['privileged', 'baseline', 'restricted'] as const) t.equal(levelOf(level), level)
  t.equal(podSecurityOf({}), 'privileged')
  const others = ['enforce-version', 'warn', 'audit'].map((name) => [
    `pod-security.kubernetes.io/${name}`,
    'restricted',
  ])
  t.equal(podSecurityOf(Object.fromEntries(others)), 'privileged')
  t.equal(levelOf('strict'), 'restricted', 'as the API server takes a word that it does not know')
})
