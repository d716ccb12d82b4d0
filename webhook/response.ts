import { sentenceLimit } from '../policy/greenroom-error.ts'
import type { Operation } from './patch.ts'

/** What is sent back; `code` is the status of a refusal, not of the HTTP answer. */
export interface Response {
  readonly uid: string
  readonly allowed: boolean
  readonly status?: { readonly code: number; readonly message: string }
  readonly patchType?: 'JSONPatch'
  readonly patch?: string
  readonly warnings?: readonly string[]
}

/** Characters of all warnings of an answer together; the API server drops what is beyond. */
const warningsLimit = 4096

export function allowed(uid: string, warnings: readonly string[] = []): Response {
  return { uid, allowed: true, ...withWarnings(warnings) }
}

/** At least one operation: for none, `allowed` leaves out patch and type, as the API server wants it. */
export function patched(uid: string, operations: readonly Operation[], warnings: readonly string[] = []): Response {
  const patch = Buffer.from(JSON.stringify(operations)).toString('base64')
  return { ...allowed(uid, warnings), patchType: 'JSONPatch', patch }
}

export function denied(uid: string, message: string): Response {
  return { uid, allowed: false, status: { code: 403, message } }
}

/** The request is one that this webhook should never have been sent. */
export function errored(uid: string, message: string): Response {
  return { uid, allowed: false, status: { code: 400, message } }
}

/** The wire format around a response. Base64 needs no escapes, and most of the text is the patch. */
export function toText({ patch, ...response }: Response): string {
  const text = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response })
  return patch === undefined ? text : `${text.slice(0, -'}}'.length)},"patch":"${patch}"}}`
}

function withWarnings(warnings: readonly string[]): { warnings?: readonly string[] } {
  const short = warnings.map((warning) =>
    warning.length > sentenceLimit ? `${warning.slice(0, sentenceLimit - 1)}…` : warning,
  )
  const fitting = short.slice(0, Math.floor(warningsLimit / sentenceLimit))
  return fitting.length > 0 ? { warnings: fitting } : {}
}
