import { bearer } from './names.ts'
import type { InjectionPolicy } from './schema/injection-policy.ts'

type Token = NonNullable<InjectionPolicy['authorization']['token']>

/** The kubelet renews it at four fifths of its time. */
const expirationSeconds = 3600

/**
 * The volume with the token that our containers show to the authorization service. Readable for all, for the pod's fsGroup is
 * anybody's: with one the kubelet takes the rest's right away and gives the group's, which every container of the pod is in.
 */
export const tokenVolume = (token: Token) => ({
  name: bearer.volumeName,
  projected: { defaultMode: 0o444, sources: [sourceOf(token)] },
})

function sourceOf({ audience, secretName, key }: Token) {
  if (audience !== undefined) return { serviceAccountToken: { audience, expirationSeconds, path: bearer.file } }
  return { secret: { name: secretName, items: [{ key, path: bearer.file }] } }
}
