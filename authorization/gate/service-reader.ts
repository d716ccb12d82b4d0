import { readFile } from 'node:fs/promises'
import { serviceOf } from '../../policy/authorization.ts'
import type { AuthorizationPolicy } from '../../policy/schema/authorization-policy.ts'
import type { AuthorizationService } from '../client.ts'

/**
 * The service as the policy names it, with what its files hold now: whoever rotates a token or an authority need not restart
 * the gate. Rejects where a file cannot be read.
 */
export function createServiceReader(service: AuthorizationPolicy['service']): () => Promise<AuthorizationService> {
  const { caFile, tokenFile } = service
  return async () => {
    const [ca, token] = await Promise.all([readOptional(caFile), readOptional(tokenFile)])
    return { ...serviceOf(service), ca, bearer: token?.trim() }
  }
}

const readOptional = async (file: string | undefined) => (file === undefined ? undefined : readFile(file, 'utf8'))
