import t from 'tap'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { readPolicyFile } from '../../webhook/policy-file.ts'

t.test('no file is the default policy', async (t) => {
  t.equal(await readPolicyFile(undefined), defaultPolicy)
})

t.test('a file that is not there is named, with its cause', async (t) => {
  const expected = { code: 'PolicyMalformed', message: 'policy /none.yaml is missing', cause: { code: 'ENOENT' } }
  await t.rejects(readPolicyFile('/none.yaml'), expected)
})

t.test('a mistake in a file names file and place', async (t) => {
  const text = 'apiVersion: greenroom.dev/v1alpha1\nkind: InjectionPolicy\nmetadata: { name: x }\nspec: { debug: 1 }\n'
  const file = `${t.testdir({ 'policy.yaml': text })}/policy.yaml`
  await t.rejects(readPolicyFile(file), { message: `policy ${file} at spec.debug is "1", expected true or false.` })
})
