import { hash } from 'node:crypto'

/** What a review has in common with those of all pods of its template, and what it has alone. */
export interface Fingerprint {
  /** Of every byte but those that differ from pod to pod; hexadecimal. */
  readonly digest: string
  /** Of the request. */
  readonly uid: string
  /** Name of the volume of the service account's token, which the API server draws for each pod. */
  readonly tokenVolume: string | undefined
  /** In how many places the review has that name. */
  readonly tokenPlaces: number
  /** Of the review. */
  readonly bytes: number
}

/** As Go writes a review: the uid comes first. Source: k8s.io/api/admission/v1, AdmissionReview and AdmissionRequest. */
const beforeUid = Buffer.from('{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"')
const uidLength = 36
const uidPattern = /^[\da-f-]+$/

/** Source: kubernetes/plugin/pkg/admission/serviceaccount, ServiceAccountVolumeName; the five letters are of k8s.io/apimachinery, util/rand. */
const volumePrefix = 'kube-api-access-'
const volumePattern = /^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/
const volumeLength = volumePrefix.length + 5

const quote = 0x22

/** No byte of UTF-8. A body that has it all the same has no fingerprint, so what is written over is told from everything else. */
const blank = 0xff

/** Pods are smaller; of a larger one the whole work is less than what its text takes. */
const mostBytes = 64 * 1024

/**
 * Reviews of one digest differ in the request's uid, and maybe in a name like that of the token's volume, wherever that is written; in
 * nothing else. undefined where the body is not as an API server writes it; then nothing is known about it. The body stays as it was.
 */
export function fingerprintOf(body: Buffer): Fingerprint | undefined {
  const uidAt = beforeUid.length
  if (body.length > mostBytes || body[uidAt + uidLength] !== quote || beforeUid.compare(body, 0, uidAt) !== 0)
    return undefined
  const uid = body.toString('latin1', uidAt, uidAt + uidLength)
  if (!uidPattern.test(uid) || body.includes(uid, uidAt + uidLength, 'latin1') || body.includes(blank)) return undefined
  const places = placesOf(body, volumePrefix)
  const tokenVolume = places[0] === undefined ? undefined : volumeAt(body, places[0])
  // Two such names may mean anything.
  if (places.some((place) => volumeAt(body, place) !== tokenVolume)) return undefined
  if (tokenVolume !== undefined && !volumePattern.test(tokenVolume)) return undefined
  body.fill(blank, uidAt, uidAt + uidLength)
  for (const place of places) body.fill(blank, place, place + volumeLength)
  const digest = hash('sha256', body, 'hex')
  body.write(uid, uidAt, 'latin1')
  for (const place of places) body.write(tokenVolume ?? '', place, 'latin1')
  return { digest, uid, tokenVolume, tokenPlaces: places.length, bytes: body.length }
}

const volumeAt = (body: Buffer, place: number) => body.toString('latin1', place, place + volumeLength)

/** Offsets of a text in bytes. */
export function placesOf(bytes: Buffer, text: string): readonly number[] {
  const places: number[] = []
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + text.length)) places.push(at)
  return places
}
