/** What the words in braces of a template stand for, by name. */
export type TextValues = Readonly<Record<string, string>>

/** In JSON a list may be among them, which stands outside of strings. */
export type JsonValues = Readonly<Record<string, string | readonly string[]>>

/** `{word}`; other braces are text, as in JSON. */
const placeholder = /\{([A-Za-z]+)\}/g

/** The words in braces that a text has, in order. */
export const placeholdersIn = (text: string): readonly string[] =>
  [...text.matchAll(placeholder)].map(([, name = '']) => name)

/** The first word in braces that stands for none of the values. */
export const unknownPlaceholder = (text: string, values: JsonValues): string | undefined =>
  placeholdersIn(text).find((name) => !Object.hasOwn(values, name))

/** A text that becomes a part of a URL, its placeholders left as they are. */
export const escapedText = (text: string): string =>
  text
    .split(/(\{[A-Za-z]+\})/)
    .map((part, index) => (index % 2 === 1 ? part : encodeURIComponent(part)))
    .join('')

/** `http://{nodeIP}...`: the one host that is not written down, for agents that run on every node. */
const nodeHost = /^(https?:\/\/)\{nodeIP\}/

/**
 * The URL for one pod. Values are percent-encoded, so that none begins a path segment, a parameter or a host; only the
 * node's IP may be the host. The names that Kubernetes allows do not begin with a dot, so there is no segment `..` either.
 */
export function fillUrl(template: string, values: TextValues): string {
  const { nodeIP } = values
  const host = nodeIP?.includes(':') ? `[${nodeIP}]` : nodeIP
  const hosted = host === undefined ? template : template.replace(nodeHost, `$1${host}`)
  return hosted.replace(placeholder, (whole, name: string) => {
    const value = lookUp(values, name)
    return value === undefined ? whole : encodeURIComponent(value.toWellFormed())
  })
}

/**
 * The JSON for one pod: texts are escaped as the inside of a string, so that none ends the string that it is in; lists are
 * whole arrays.
 */
export function fillJson(template: string, values: JsonValues): string {
  return template.replace(placeholder, (whole, name: string) => {
    const value = lookUp(values, name)
    if (value === undefined) return whole
    return typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value)
  })
}

// Each template is gone over once: a value that looks like a placeholder stays what it is.
const lookUp = <Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined
