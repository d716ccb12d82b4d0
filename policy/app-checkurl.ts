import { readAliveCommand } from './alive-command.ts'
import { annotations, readAnnotation } from './annotations.ts'
import type { CheckurlTarget } from './checkurl-target.ts'
import { resolvePort, tcpPorts } from './container-ports.ts'
import type { CheckurlText } from './formats/checkurl.ts'
import { GreenroomError } from './greenroom-error.ts'
import { requestPath } from './request-path.ts'
import type { RawContainer, RawPod, RawProbe } from './schema/pod.ts'

/**
 * Where to ask the app whether it is up: what the annotation says, else what the pod's readiness, startup or liveness
 * probe asks, in this order. An annotated checkurl must answer 200, a derived one keeps the kubelet's rule.
 */
export function findCheckurl(pod: RawPod, app: RawContainer): CheckurlTarget | undefined {
  const text = readAnnotation(pod, annotations.checkurl)
  return (text && annotatedTarget(text, app)) ?? derivedTarget(app)
}

/** What is wrong with the port of an annotated checkurl that can be read: it is not to be found, or looks like a typo. */
export function findCheckurlProblem(pod: RawPod, app: RawContainer): GreenroomError | undefined {
  const text = readAnnotation(pod, annotations.checkurl)
  if (!text) return undefined
  const target = annotatedTarget(text, app)
  if (target) return isDeclared(target.port, pod, app) ? undefined : portUndeclared(pod, app, target.port)
  return new GreenroomError('CheckurlPortUnknown', {
    ...placeOf(pod),
    expected: 'a port that the app container declares',
    fix: `Write the port's number, such as ${annotations.checkurl.example}.`,
  })
}

const placeOf = ({ metadata }: RawPod) => {
  const { key } = annotations.checkurl
  return { at: `annotation ${key}`, found: metadata.annotations?.[key] ?? '' }
}

/** By any container, for a proxy may answer for the app. An app that declares nothing says nothing about its ports. */
function isDeclared(port: number, { spec }: RawPod, app: RawContainer): boolean {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  return tcpPorts(app).length === 0 || containers.flatMap(tcpPorts).includes(port)
}

function portUndeclared(pod: RawPod, app: RawContainer, port: number): GreenroomError {
  const declared = tcpPorts(app).join(', ')
  return new GreenroomError('CheckurlPortUndeclared', {
    ...placeOf(pod),
    expected: 'a port that the pod declares',
    fix: `The app container declares ${declared}. Mend the checkurl, or declare ${port} too.`,
  })
}

function annotatedTarget(text: CheckurlText, app: RawContainer): CheckurlTarget | undefined {
  const port = text.port === undefined ? impliedPort(app) : resolvePort(text.port, app)
  if (port === undefined) return undefined
  if (text.kind === 'tcp') return { kind: 'tcp', port }
  return { kind: 'http', scheme: text.scheme, port, path: text.path, headers: [], exactly200: true }
}

/** For a path alone: the port that the probes ask, else the only one that the container declares. */
function impliedPort(app: RawContainer): number | undefined {
  const [only, ...others] = tcpPorts(app)
  return derivedTarget(app)?.port ?? (others.length === 0 ? only : undefined)
}

function derivedTarget(app: RawContainer): CheckurlTarget | undefined {
  const probes = [app.readinessProbe, app.startupProbe, app.livenessProbe]
  return probes.flatMap((probe) => (probe && probeTarget(probe, app)) ?? []).at(0)
}

/** A probe with a host asks somebody else than this pod, so it says nothing about the app. */
function probeTarget({ httpGet, tcpSocket, exec }: RawProbe, app: RawContainer): CheckurlTarget | undefined {
  if (exec) return readAliveCommand(exec.command ?? [])
  const target = httpGet ?? tcpSocket
  const port = target && !target.host ? resolvePort(target.port, app) : undefined
  if (port === undefined) return undefined
  if (!httpGet) return { kind: 'tcp', port }
  return {
    kind: 'http',
    scheme: httpGet.scheme === 'HTTPS' ? 'https' : 'http',
    port,
    path: requestPath(httpGet.path || '/'),
    headers: httpGet.httpHeaders ?? [],
    exactly200: false,
  }
}
