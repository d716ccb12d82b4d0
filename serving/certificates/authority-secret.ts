import type { CoreV1Api, V1Secret } from '@kubernetes/client-node'
import { retiredAtAnnotation, rotateAnnotation } from '../../policy/names.ts'
import { codeOf, undefinedOn } from '../api-error.ts'
import { serverDateMs } from '../server-date.ts'
import type { ServingCertificate } from './certificate.ts'
import { datedAuthority } from './issue.ts'
import { findPairFlaw, joinBundle, readCertificate, splitBundle } from './pem.ts'
import { type Authority, type AuthorityCertificate, trustedOf } from './rotation.ts'

/** Where an authority is kept. */
export interface SecretPlace {
  readonly name: string
  readonly namespace: string
}

/** What is in the Secret, and at which version of it. */
export interface StoredAuthority {
  readonly authority: Authority
  readonly secret: V1Secret
  /** Whether `ca.crt` shows whom to trust: in a Secret of an older release, or after somebody's hand, it does not. */
  readonly isComplete: boolean
}

export interface AuthoritySecret {
  /** What is there, or undefined, and the API server's time; that undefined where it does not say. */
  read(): Promise<{ readonly stored: StoredAuthority | undefined; readonly nowMs: number | undefined }>
  /** Puts it in the place of what was read. Resolves to undefined where somebody else wrote in the meantime. */
  write(before: StoredAuthority | undefined, authority: Authority): Promise<StoredAuthority | undefined>
}

interface Secrets extends Pick<CoreV1Api, 'createNamespacedSecret' | 'replaceNamespacedSecret'> {
  readNamespacedSecretWithHttpInfo(place: SecretPlace): Promise<{ readonly data: V1Secret; readonly headers: object }>
}

/**
 * The Secret that all replicas share.
 *
 * | key                    | what                                                               |
 * |------------------------|--------------------------------------------------------------------|
 * | `tls.crt`, `tls.key`   | the authority that signs                                           |
 * | `next.crt`, `next.key` | the next one, while there is one                                   |
 * | `ca.crt`               | all that are trusted: those, and the retired ones. Without it, none of these |
 */
export function authoritySecret(api: Secrets, place: SecretPlace): AuthoritySecret {
  return {
    async read() {
      try {
        const { data, headers } = await api.readNamespacedSecretWithHttpInfo(place)
        return { stored: storedOf(data), nowMs: serverDateMs(headers) }
      } catch (error) {
        if (codeOf(error) !== 404) throw error
        return { stored: undefined, nowMs: serverDateMs(error) }
      }
    },
    async write(before, authority) {
      const secret = before
        ? await api
            .replaceNamespacedSecret({ ...place, body: secretOf(place, authority, before.secret) })
            .catch(undefinedOn(409))
            // It was deleted in the meantime.
            .catch(undefinedOn(404))
        : await api
            .createNamespacedSecret({ namespace: place.namespace, body: secretOf(place, authority) })
            .catch(undefinedOn(409))
      return secret && { authority, secret, isComplete: true }
    },
  }
}

/** The metadata of before go along: resourceVersion and uid are what guards the write. */
function secretOf({ name, namespace }: SecretPlace, authority: Authority, before?: V1Secret): V1Secret {
  const { signing, next, retiredAtMs, isRotationRequested } = authority
  const { [rotateAnnotation]: request, [retiredAtAnnotation]: _, ...annotations } = before?.metadata?.annotations ?? {}
  const metadata = before?.metadata ?? { name, namespace, labels: { 'app.kubernetes.io/name': 'greenroom' } }
  return {
    metadata: {
      ...metadata,
      annotations: {
        ...annotations,
        ...(isRotationRequested && { [rotateAnnotation]: request ?? 'deleted' }),
        ...(retiredAtMs !== undefined && { [retiredAtAnnotation]: new Date(retiredAtMs).toISOString() }),
      },
    },
    type: 'kubernetes.io/tls',
    data: {
      'tls.crt': toBase64(signing.cert),
      'tls.key': toBase64(signing.key),
      ...(next && { 'next.crt': toBase64(next.cert), 'next.key': toBase64(next.key) }),
      'ca.crt': toBase64(joinBundle(trustedOf(authority))),
    },
  }
}

function storedOf(secret: V1Secret): StoredAuthority {
  const authority = authorityOf(secret)
  const shown = fromBase64(secret.data?.['ca.crt'] ?? '')
  return { authority, secret, isComplete: shown === joinBundle(trustedOf(authority)) }
}

function authorityOf({ metadata, data = {} }: V1Secret): Authority {
  const { 'tls.crt': cert, 'tls.key': key, 'next.crt': nextCert, 'next.key': nextKey, 'ca.crt': bundle = '' } = data
  const name = metadata?.name
  if (!cert || !key) throw new TypeError(`Secret ${name} has no tls.crt or no tls.key; ${remedy}`)
  const signing = pairOf({ cert, key }, `tls.crt and tls.key of Secret ${name}`)
  const next = nextCert && nextKey ? pairOf({ cert: nextCert, key: nextKey }, `next.crt of Secret ${name}`) : undefined
  const known = [signing.cert, next?.cert]
  const retiredAtMs = Date.parse(metadata?.annotations?.[retiredAtAnnotation] ?? '')
  return {
    signing,
    next,
    retired: splitBundle(fromBase64(bundle)).filter((each) => !known.includes(each) && readCertificate(each)),
    retiredAtMs: Number.isNaN(retiredAtMs) ? undefined : retiredAtMs,
    isRotationRequested: metadata?.annotations?.[rotateAnnotation] !== undefined,
  }
}

const remedy = 'delete it to have it made anew.'

function pairOf({ cert, key }: ServingCertificate, at: string): AuthorityCertificate {
  const pair = { cert: fromBase64(cert).trim(), key: fromBase64(key) }
  const flaw = findPairFlaw(pair)
  if (flaw !== undefined) throw new TypeError(`${at}: ${flaw}; ${remedy}`)
  return datedAuthority(pair)
}

const toBase64 = (text: string) => Buffer.from(text).toString('base64')
const fromBase64 = (text: string) => Buffer.from(text, 'base64').toString('utf8')
