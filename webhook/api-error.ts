/** The client's ApiException, known by its shape: the client takes long to load, and main.ts does without it. */
interface ApiError extends Error {
  readonly code: number
  readonly body: unknown
}

const isApiError = (error: unknown): error is ApiError =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' && 'body' in error

/** For a log: the client's own message repeats the body and all headers of the answer. Other errors stay as they are. */
export function brief(error: unknown): unknown {
  if (!isApiError(error)) return error
  const sentence = sentenceOf(error.body)
  return `the API server answered ${error.code}${sentence === undefined ? '' : `: ${sentence}`}`
}

/** Whether a patch that is guarded by a version came too late: somebody else wrote in the same moment. */
export function isOvertaken(error: unknown): boolean {
  return isApiError(error) && (error.code === 409 || error.code === 422)
}

/** A `Status` of Kubernetes, which the client hands on as an object or as text. */
function sentenceOf(body: unknown): string | undefined {
  const status = typeof body === 'string' ? parseJson(body) : body
  const isStatus = typeof status === 'object' && status !== null && 'message' in status
  return isStatus && typeof status.message === 'string' ? status.message : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // A proxy's page says nothing that the code does not.
  }
}
