import { rmSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { defaultPolicy } from '../../../policy/schema/injection-policy.ts'
import { createAuthority } from '../../../serving/certificates/issue.ts'
import { readPolicyFile } from '../../../serving/policies/policy-file.ts'

t.test('no file is the default policy', async (t) => {
  t.equal(await readPolicyFile(undefined), defaultPolicy)
})

t.test('a file that is not there is named, with its cause', async (t) => {
  const expected = { code: 'PolicyMalformed', message: 'policy /none.yaml is missing', cause: { code: 'ENOENT' } }
  await t.rejects(readPolicyFile('/none.yaml'), expected)
})

t.test('a mistake in a file names file and place', async (t) => {
  const text = 'apiVersion: greenroom.dev/v1alpha1\nkind: InjectionPolicy\nmetadata: { name: x }\nspec: { check: 1 }\n'
  const file = `${t.testdir({ 'policy.yaml': text })}/policy.yaml`
  await t.rejects(readPolicyFile(file), { message: `policy ${file} at spec.check is "1", expected true or false.` })
})

const authority = await createAuthority('test', new Date())

/** A policy beside a file of certificates. */
function policyWith(t: Test, ca: string, about = '') {
  const folder = t.testdir({ 'ca.crt': ca })
  const authorization = `{ endpoint: "https://a", caFile: ${folder}/ca.crt, ${about} }`
  const text = `apiVersion: greenroom.dev/v1alpha1\nkind: InjectionPolicy\nmetadata: { name: x }\nspec: { authorization: ${authorization} }\n`
  writeFileSync(`${folder}/policy.yaml`, text)
  return `${folder}/policy.yaml`
}

t.test("the certificates of an authority come with the policy, and nothing else of their file's", async (t) => {
  const file = policyWith(t, `# ours\n${authority.cert}\n${authority.key}\n${authority.cert}\n`)
  const { authorization } = await readPolicyFile(file)
  const trimmed = authority.cert.trim()
  t.equal(authorization.ca, `${trimmed}\n${trimmed}\n`)
})

t.test('a file without certificates, too large, or not there, is named', async (t) => {
  const broken = authority.cert.replace(/[A-Za-z]{8}/g, 'AAAAAAAA')
  for (const text of ['', authority.key, broken, authority.cert + '#'.repeat(32 * 1024)]) {
    const message =
      /at spec\.authorization\.caFile: .*ca\.crt is "\d+ bytes", expected certificates in PEM, at most 32 KiB\. Put /
    await t.rejects(readPolicyFile(policyWith(t, text)), { code: 'PolicyMalformed', message })
  }
  const file = policyWith(t, authority.cert)
  rmSync(file.replace('policy.yaml', 'ca.crt'))
  await t.rejects(readPolicyFile(file), {
    code: 'PolicyMalformed',
    message: /caFile: .*ca\.crt is missing, expected a file that can be read\. Mount /,
    cause: { code: 'ENOENT' },
  })
})

t.test('certificates are text or a file, not both', async (t) => {
  const ca = JSON.stringify(authority.cert)
  await t.rejects(readPolicyFile(policyWith(t, authority.cert, `ca: ${ca}`)), {
    message: 'expected it or ca, not both',
  })
  const message = 'at spec.authorization.ca is "x", expected certificates in PEM'
  await t.rejects(readPolicyFile(policyWith(t, authority.cert, 'ca: x')), { message })
})
