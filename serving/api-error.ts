import { isRecord, parseJson } from '../policy/json.ts'

/** The client's ApiException, known by its shape: the client takes long to load, and main.ts does without it. */
interface ApiError extends Error {
  readonly code: number
  readonly body: unknown
}

const isApiError = (error: unknown): error is ApiError =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' && 'body' in error

/** The HTTP status that the API server answered; undefined for all other errors. */
export const codeOf = (error: unknown): number | undefined => (isApiError(error) ? error.code : undefined)

/** For a `catch`: that answer is undefined, every other error goes on. */
export const undefinedOn = (code: number) => (error: unknown) => {
  if (codeOf(error) === code) return undefined
  throw error
}

/** For a log: the client's own message repeats the body and all headers of the answer. Other errors stay as they are. */
export function brief(error: unknown): unknown {
  if (!isApiError(error)) return error
  const sentence = sentenceOf(error.body)
  return `the API server answered ${error.code}${sentence === undefined ? '' : `: ${sentence}`}`
}

/**
 * Whether a patch that is guarded by a version came too late: somebody else wrote in the same moment. A JSON Patch whose `test` fails
 * is answered 422, as an object is that breaks the rules; of the latter every broken rule is told.
 */
export function isOvertaken(error: unknown): boolean {
  return isApiError(error) && (error.code === 409 || (error.code === 422 && !tellsCauses(error.body)))
}

function tellsCauses(body: unknown): boolean {
  const status = statusOf(body)
  const details = isRecord(status) ? status.details : undefined
  return isRecord(details) && Array.isArray(details.causes) && details.causes.length > 0
}

/** A `Status` of Kubernetes, which the client hands on as an object or as text. */
const statusOf = (body: unknown): unknown => (typeof body === 'string' ? parseJson(body) : body)

function sentenceOf(body: unknown): string | undefined {
  const status = statusOf(body)
  return isRecord(status) && typeof status.message === 'string' ? status.message : undefined
}
