import type { Container, Pod } from './pod.ts'

/** What the downward API knows of a played pod. */
export interface Identity {
  readonly uid: string
  readonly ip: string
}

export type Environment = Readonly<Record<string, string>>

/** A container's own environment: downward API resolved, `$(NAME)` expanded by what stands before it in the list. */
export function resolveEnvironment(container: Container, pod: Pod, identity: Identity): Environment {
  const environment: Record<string, string> = {}
  for (const { name, value, valueFrom } of container.env)
    environment[name] = valueFrom ? field(valueFrom.fieldRef.fieldPath, pod, identity) : expand(value, environment)
  return environment
}

/** The kubelet's expansion: `$(NAME)` if the name is known, else left as it stands; `$$` is one `$`. */
export function expand(text: string, environment: Environment): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (found, name?: string) =>
    name === undefined ? '$' : (environment[name] ?? found),
  )
}

function field(path: string, { metadata }: Pod, { uid, ip }: Identity): string {
  const fields: Environment = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': uid,
    'status.podIP': ip,
    'status.podIPs': ip,
    'status.hostIP': ip,
  }
  const [, kind, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? []
  if (key !== undefined) return metadata[kind === 'labels' ? 'labels' : 'annotations'][key] ?? ''
  const value = fields[path]
  if (value !== undefined) return value
  throw new Error(`The downward API field ${path} is not played, expected one of ${Object.keys(fields).join(', ')}.`)
}
