import { certificates } from '../../policy/formats/certificates.ts'
import { GreenroomError } from '../../policy/greenroom-error.ts'
import { defaultPolicy, type InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import { parsePolicy } from '../../policy/schema/parse-policy.ts'
import { readFileText, readPolicyText } from '../file-text.ts'

/** The policy in a file, with the files that it names, or the defaults where there is no file. Throws `PolicyMalformed`. */
export async function readPolicyFile(file: string | undefined): Promise<InjectionPolicy> {
  if (file === undefined) return defaultPolicy
  return withCertificates(parsePolicy(await readPolicyText(file), file), file)
}

/** The policy with the certificates that it names: pods cannot read the webhook's files. Throws `PolicyMalformed`. */
export async function withCertificates(policy: InjectionPolicy, name: string): Promise<InjectionPolicy> {
  const { authorization } = policy
  const { caFile } = authorization
  if (caFile === undefined) return policy
  const at = `policy ${name} at spec.authorization.caFile: ${caFile}`
  const text = await readFileText(caFile, { at, fix: 'Mount the file into the webhook, and let its user read it.' })
  const ca = certificates.parse(text)
  if (ca !== undefined) return { ...policy, authorization: { ...authorization, ca } }
  const fix = `Put the authority's certificates into it, from ${certificates.example} on.`
  const found = `${Buffer.byteLength(text)} bytes`
  throw new GreenroomError('PolicyMalformed', { at, found, expected: certificates.expected, fix })
}
