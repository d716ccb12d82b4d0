import type { Silence } from './exchange.ts'

const untrusted = "its certificate's authority is not trusted here; name it by caFile in the policy's authorization"

/** What to do about the ways in which a server's certificate fails: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const remedies: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_UNTRUSTED: untrusted,
  CERT_HAS_EXPIRED: 'its certificate, or its authority, has expired; renew it',
  CERT_NOT_YET_VALID: 'its certificate is not yet valid; look at the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names; name the host as the certificate does',
}

/** The same silence with a remedy, where it is the server's certificate that failed. */
export function explainTls(silence: Silence): Silence {
  const remedy = remedies[silence.code ?? '']
  return remedy === undefined ? silence : { ...silence, detail: `${silence.code}: ${remedy}` }
}
