import { createHash } from 'node:crypto'
import { AuthenticationV1Api, type KubeConfig } from '@kubernetes/client-node'

/** The pod that a token was made for, as the API server vouches for it. */
export interface Identity {
  readonly namespace: string
  readonly serviceAccount: string
  readonly pod: string
  readonly uid: string
}

/** `invalid`: forged, expired, for another audience, or of a pod that is gone. */
export type TokenReading =
  | { readonly kind: 'pod'; readonly identity: Identity }
  | { readonly kind: 'invalid'; readonly detail: string }

/** Short: a pod's token ends with the pod. */
const keptMs = 60_000
const invalidKeptMs = 5_000
/** Pods ask a few times each; a flood of forged tokens must not fill the memory. */
const mostKept = 5_000

/**
 * Asks the API server who a token is of (TokenReview), and remembers the answer for a moment, by the token's hash. Throws
 * where the API server cannot say.
 */
export function createTokenReviewer(config: KubeConfig, audience: string): (token: string) => Promise<TokenReading> {
  const api = config.makeApiClient(AuthenticationV1Api)
  return remember(async (token) => {
    const { status } = await api.createTokenReview({ body: { spec: { token, audiences: [audience] } } })
    return readStatus(status, audience)
  })
}

interface ReviewStatus {
  readonly authenticated?: boolean
  readonly audiences?: readonly string[]
  readonly error?: string
  readonly user?: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> }
}

/** Exported for its test: what a review's status says. */
export function readStatus(status: ReviewStatus | undefined, audience: string): TokenReading {
  // An API server that does not know audiences leaves them out, and has then not checked ours.
  if (!status?.authenticated || !status.audiences?.includes(audience))
    return { kind: 'invalid', detail: 'the token is not valid' }
  const [, namespace, serviceAccount] =
    /^system:serviceaccount:([^:]+):([^:]+)$/.exec(status.user?.username ?? '') ?? []
  const extra = status.user?.extra ?? {}
  const [pod] = extra['authentication.kubernetes.io/pod-name'] ?? []
  const [uid] = extra['authentication.kubernetes.io/pod-uid'] ?? []
  if (!namespace || !serviceAccount || !pod || !uid) return { kind: 'invalid', detail: "the token is not a pod's" }
  return { kind: 'pod', identity: { namespace, serviceAccount, pod, uid } }
}

function remember(review: (token: string) => Promise<TokenReading>): (token: string) => Promise<TokenReading> {
  const kept = new Map<string, { readonly reading: Promise<TokenReading>; readonly untilMs: number }>()
  return (token) => {
    const key = createHash('sha256').update(token).digest('base64')
    const known = kept.get(key)
    if (known && known.untilMs > Date.now()) return known.reading
    const reading = review(token)
    const keep = (ms: number) => kept.set(key, { reading, untilMs: Date.now() + ms })
    keep(invalidKeptMs)
    reading.then(
      ({ kind }) => kind === 'pod' && keep(keptMs),
      () => kept.delete(key),
    )
    // The oldest first: a Map keeps the order in which its keys came.
    for (const old of kept.keys()) {
      if (kept.size <= mostKept) break
      kept.delete(old)
    }
    return reading
  }
}
