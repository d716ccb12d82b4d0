import { fillJson, fillUrl, type JsonValues, type TextValues } from './placeholders.ts'
import type { RequestTemplate } from './settings.ts'

/** What a policy writes down, without the fields that it leaves out. */
interface Written extends Pick<RequestTemplate, 'method' | 'url'> {
  readonly headers?: RequestTemplate['headers'] | undefined
  readonly body?: string | undefined
}

export const templateOf = ({ method, url, headers, body }: Written): RequestTemplate => ({
  method,
  url,
  ...(headers && { headers }),
  ...(body !== undefined && { body }),
})

/** One pod's request; null where its URL cannot be one, which a policy that was read has not. Headers are in lower case. */
export function fillTemplate(
  { method, url, headers, body }: RequestTemplate,
  text: TextValues,
  json: JsonValues = text,
) {
  const filled = URL.parse(fillUrl(url, text))
  if (!filled) return null
  const lowered = Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
  return { method, url: filled, headers: lowered, body: body === undefined ? undefined : fillJson(body, json) }
}
