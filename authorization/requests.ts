import { isRecord, isText } from '../policy/json.ts'
import type { AuthorizationRequests } from '../policy/settings.ts'

/** Whether settings have the two requests of another API, as the webhook writes them. */
export const isRequests = (value: unknown): value is AuthorizationRequests =>
  isRecord(value) &&
  isRequest(value.grant, ['granted', 'queued', 'throttled', 'refused']) &&
  isRequest(value.revoke, ['revoked', 'refused'])

function isRequest(value: unknown, lists: readonly string[]): boolean {
  if (!isRecord(value) || !isRecord(value.answers)) return false
  const { method, url, headers, body, answers } = value
  const isSent = isText(method) && isText(url) && (headers === undefined || isTexts(headers))
  return isSent && (body === undefined || isText(body)) && lists.every((list) => isStatuses(answers[list]))
}

const isTexts = (value: unknown) => isRecord(value) && Object.values(value).every(isText)

const isStatuses = (value: unknown) => Array.isArray(value) && value.every(Number.isInteger)
