import { type AuthorizationPolicy, authorizationPolicySchema } from '../../policy/schema/authorization-policy.ts'
import { parseDocument } from '../../policy/schema/parse-policy.ts'
import { readPolicyText } from '../../serving/file-text.ts'

/** The gate's policy. Throws `PolicyMalformed`. */
export const readPolicyFile = async (file: string): Promise<AuthorizationPolicy> =>
  parseDocument(authorizationPolicySchema, await readPolicyText(file), file).spec
