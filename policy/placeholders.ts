/** What a request to an announcer may name; each is known once the pod runs. */
export const placeholderNames = ['application', 'namespace', 'pod', 'ip', 'nodeIP', 'port'] as const
export type PlaceholderName = (typeof placeholderNames)[number]
export type PlaceholderValues = Readonly<Record<PlaceholderName, string>>

/** `{word}`; other braces are text, as in JSON. */
const placeholder = /\{([A-Za-z]+)\}/g

/** The words in braces that a text has, in order. */
export const placeholdersIn = (text: string): readonly string[] =>
  [...text.matchAll(placeholder)].map(([, name = '']) => name)

/** The first word in braces that is no placeholder. */
export const unknownPlaceholder = (text: string): string | undefined =>
  placeholdersIn(text).find((name) => !isKnown(name))

const isKnown = (name: string): name is PlaceholderName => placeholderNames.some((known) => known === name)

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
export function fillUrl(template: string, values: PlaceholderValues): string {
  const host = values.nodeIP.includes(':') ? `[${values.nodeIP}]` : values.nodeIP
  return fill(template.replace(nodeHost, `$1${host}`), values, (value) => encodeURIComponent(value.toWellFormed()))
}

/** The JSON for one pod: values are escaped as the inside of a string, so that none ends the string that it is in. */
export const fillJson = (template: string, values: PlaceholderValues): string =>
  fill(template, values, (value) => JSON.stringify(value).slice(1, -1))

// Once over the text: a value that looks like a placeholder stays what it is.
const fill = (template: string, values: PlaceholderValues, encode: (value: string) => string) =>
  template.replace(placeholder, (whole, name: string) => (isKnown(name) ? encode(values[name]) : whole))
