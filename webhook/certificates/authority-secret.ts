import { ApiException, type CoreV1Api, type V1Secret } from '@kubernetes/client-node'
import type { ServingCertificate } from './certificate.ts'

/** Where an authority is kept. */
export interface SecretPlace {
  readonly name: string
  readonly namespace: string
}

/**
 * The authority in the Secret, created if nobody has yet. Replicas that start together all try to create it: one
 * succeeds, the others read what that one wrote.
 */
export async function ensureAuthority(
  api: Pick<CoreV1Api, 'readNamespacedSecret' | 'createNamespacedSecret'>,
  place: SecretPlace,
  create: () => Promise<ServingCertificate>,
): Promise<ServingCertificate> {
  const present = await api.readNamespacedSecret(place).catch(undefinedOn(404))
  if (present) return authorityOf(present)
  const created = await api
    .createNamespacedSecret({ namespace: place.namespace, body: secretOf(place, await create()) })
    .catch(undefinedOn(409))
  return authorityOf(created ?? (await api.readNamespacedSecret(place)))
}

const undefinedOn = (code: number) => (error: unknown) => {
  if (error instanceof ApiException && error.code === code) return undefined
  throw error
}

function secretOf({ name, namespace }: SecretPlace, { cert, key }: ServingCertificate): V1Secret {
  return {
    metadata: { name, namespace, labels: { 'app.kubernetes.io/name': 'greenroom' } },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': toBase64(cert), 'tls.key': toBase64(key) },
  }
}

function authorityOf({ metadata, data }: V1Secret): ServingCertificate {
  const { 'tls.crt': cert, 'tls.key': key } = data ?? {}
  if (cert && key) return { cert: fromBase64(cert), key: fromBase64(key) }
  throw new TypeError(`Secret ${metadata?.name} has no tls.crt or no tls.key; delete it to have it made anew.`)
}

const toBase64 = (text: string) => Buffer.from(text).toString('base64')
const fromBase64 = (text: string) => Buffer.from(text, 'base64').toString('utf8')
