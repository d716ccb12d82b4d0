/**
 * The time at the server that answered, by the `Date` header (RFC 9110, 6.6.1) of its answer or of the error that was made of
 * it; undefined where there is none. To the second.
 */
export function serverDateMs(answer: unknown): number | undefined {
  const headers = hasHeaders(answer) ? answer.headers : answer
  const date = hasDate(headers) ? Date.parse(headers.date) : Number.NaN
  return Number.isNaN(date) ? undefined : date
}

const hasHeaders = (value: unknown): value is { readonly headers: unknown } =>
  typeof value === 'object' && value !== null && 'headers' in value

const hasDate = (value: unknown): value is { readonly date: string } =>
  typeof value === 'object' && value !== null && 'date' in value && typeof value.date === 'string'
