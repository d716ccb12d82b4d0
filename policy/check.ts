import { annotations, readAnnotation } from './annotations.ts'
import { resolvePort } from './container-ports.ts'
import { type Finding, GreenroomError } from './greenroom-error.ts'
import { isHttps } from './handler-command.ts'
import { requestText } from './request-text.ts'
import type { InjectionPolicy } from './schema/injection-policy.ts'
import type { RawContainer, RawPod, RawProbe } from './schema/pod.ts'
import type { Check } from './settings.ts'

/** What the app's readiness probe was, where the sidecar is to answer it; null where nobody wants that, or it cannot be. */
export function resolveCheck(pod: RawPod, app: RawContainer, policy: InjectionPolicy): Check | null {
  const { httpGet, timeoutSeconds } = app.readinessProbe ?? {}
  if (!isWanted(pod, policy) || !httpGet || whyNot(app)) return null
  return { httpGet, timeoutSeconds: timeoutSeconds ?? 1 }
}

/** Said wherever a check was asked for and the readiness probe is none that the sidecar can answer. */
export function findCheckProblem(pod: RawPod, app: RawContainer, policy: InjectionPolicy): GreenroomError | undefined {
  const finding = isWanted(pod, policy) ? whyNot(app) : undefined
  return finding && new GreenroomError('CheckNotPossible', finding)
}

const isWanted = (pod: RawPod, policy: InjectionPolicy) => readAnnotation(pod, annotations.check) ?? policy.check

/** Far below what a pipe takes at once, and far above what servers take as the head of a request. */
const mostBytes = 32 * 1024

const otherKinds = ['exec', 'tcpSocket', 'grpc']

function whyNot(app: RawContainer): Finding | undefined {
  const at = `readinessProbe of ${app.name}`
  const fix = `Give it an httpGet, or write ${annotations.check.key}: "false".`
  const probe = app.readinessProbe
  if (!probe) return { at, expected: 'an httpGet for check', fix }
  const { httpGet } = probe
  if (!httpGet) {
    const found = Object.keys(probe).find((key) => otherKinds.includes(key)) ?? 'nothing'
    return { at, found, expected: 'httpGet for check', fix }
  }
  const elsewhere = `Mend it, or write ${annotations.check.key}: "false".`
  if (httpGet.host) return { at: `host of ${at}`, found: httpGet.host, expected: "the pod's own", fix: elsewhere }
  if (resolvePort(httpGet.port, app) === undefined) {
    return { at: `port of ${at}`, found: String(httpGet.port), expected: 'a declared one', fix: elsewhere }
  }
  const broken = httpGet.httpHeaders?.find(({ value }) => /[^\P{Cc}\t]/u.test(value))
  if (broken) return { at: `header of ${at}`, found: broken.name, expected: 'a value in one line', fix: elsewhere }
  const bytes = Buffer.byteLength(checkText(app))
  if (bytes <= mostBytes) return undefined
  return { at, found: `${bytes} bytes`, expected: `at most ${mostBytes} for check`, fix: elsewhere }
}

/**
 * The app's own readiness probe for `sidecar/shell/check`; its words are the probe's limit in seconds and its thresholds. What is
 * left out is Kubernetes' default.
 */
export function checkText(app: RawContainer): string {
  const { httpGet, timeoutSeconds, failureThreshold, successThreshold }: Partial<RawProbe> = app.readinessProbe ?? {}
  if (!httpGet) return ''
  return requestText([timeoutSeconds ?? 1, failureThreshold ?? 3, successThreshold ?? 1], {
    scheme: isHttps(httpGet) ? 'https' : 'http',
    port: resolvePort(httpGet.port, app),
    path: httpGet.path,
    headers: httpGet.httpHeaders,
  })
}
