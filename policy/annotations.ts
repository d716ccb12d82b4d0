import { checkurl } from './formats/checkurl.ts'
import { choice, flag } from './formats/choice.ts'
import { drain } from './formats/drain.ts'
import { limit } from './formats/duration.ts'
import type { Format } from './formats/format.ts'
import { hookCommand } from './formats/hook-command.ts'
import { jsonArray } from './formats/json-array.ts'
import { applicationName, dnsLabel, nameList } from './formats/name.ts'
import { absolutePath } from './formats/path.ts'
import { preStart } from './formats/pre-start.ts'
import { injectedLabel, keyPrefix, statusAnnotation } from './names.ts'
import type { RawPod } from './schema/pod.ts'

/** One key that people write. `later`: valid, but without effect in this release, which is said in a warning. */
export interface Annotation<T> {
  readonly key: string
  readonly format: Format<T>
  readonly support: 'built' | 'later'
  /** A valid value of this very key, offered as a remedy. */
  readonly example: string
}

const built = <T>(name: string, format: Format<T>, example = format.example): Annotation<T> => ({
  key: keyPrefix + name,
  format,
  support: 'built',
  example,
})
const later = <T>(name: string, format: Format<T>, example = format.example): Annotation<T> => ({
  key: keyPrefix + name,
  format,
  support: 'later',
  example,
})

/** Every key under the prefix that people may write. Their meaning and defaults: docs/reference. */
export const annotations = {
  inject: built('inject', flag),
  container: built('container', dnsLabel),
  application: built('application', applicationName),
  checkurl: built('checkurl', checkurl),
  checkurlTimeout: built('checkurl-timeout', limit),
  check: built('check', flag),
  hooks: built('hooks', absolutePath),
  entrypoint: built('entrypoint', jsonArray),
  preStart: built('pre-start', preStart),
  preStartTimeout: built('pre-start-timeout', limit),
  preOnline: built('pre-online', hookCommand),
  preOnlineTimeout: built('pre-online-timeout', limit),
  verify: built('verify', hookCommand, '/app/hooks/verify'),
  verifyTimeout: built('verify-timeout', limit),
  reload: built('reload', hookCommand, '/app/hooks/reload'),
  reloadTimeout: built('reload-timeout', limit),
  hold: built('hold', flag),
  postOffline: built('post-offline', hookCommand, '/app/hooks/postOffline'),
  postOfflineTimeout: built('post-offline-timeout', limit),
  drain: built('drain', drain),
  healthcheckDir: built('healthcheck-dir', absolutePath, '/usr/share/nginx/html/greenroom'),
  authorize: built('authorize', nameList),
  debug: built('debug', flag),
  liveness: built('liveness', choice('composite', 'keep')),
  announce: built('announce', nameList, 'consul,gateway'),
  healthcheckPath: later('healthcheck-path', absolutePath, '/usr/share/nginx/html/healthcheck.html'),
  lxcfs: later('lxcfs', choice('require', 'prefer', 'off')),
} as const satisfies Record<string, Annotation<unknown>>

const ofPolicy = "the policy's value"

/** What a pod takes that leaves a key out; the others take nothing. The whole story: docs/reference. */
const otherwise: Partial<Record<keyof typeof annotations, string>> = {
  container: 'the container called app, or the only one',
  application: 'the name that its labels or its controller give',
  checkurl: "the app container's probe",
  checkurlTimeout: ofPolicy,
  check: ofPolicy,
  hooks: ofPolicy,
  entrypoint: ofPolicy,
  preStart: `preStart in the hooks directory, or ${ofPolicy}`,
  preStartTimeout: ofPolicy,
  preOnline: 'preOnline in the hooks directory',
  preOnlineTimeout: ofPolicy,
  verify: 'verify in the hooks directory',
  verifyTimeout: ofPolicy,
  reload: 'reload in the hooks directory',
  reloadTimeout: ofPolicy,
  postOffline: 'postOffline in the hooks directory',
  postOfflineTimeout: ofPolicy,
  drain: ofPolicy,
  authorize: ofPolicy,
  announce: ofPolicy,
  debug: ofPolicy,
  liveness: ofPolicy,
}

/** What a pod takes without this key; undefined where that is nothing. */
export function withoutKey(key: string): string | undefined {
  return Object.entries(otherwise).find(([name]) => keyOf(name) === key)?.[1]
}

const keyOf = (wanted: string) => Object.entries(annotations).find(([name]) => name === wanted)?.[1].key

/** Keys that Greenroom writes itself. A pod may carry them, because people copy pods; they are never read. */
const writtenKeys: readonly string[] = [statusAnnotation, injectedLabel]

/** The only key that a label may carry too, for namespaces and selectors work on labels. */
const labelKeys: readonly string[] = [annotations.inject.key]

/** The annotation's value in this pod; undefined where it is absent or malformed, which `findProblems` reports. */
export function readAnnotation<T>(pod: RawPod, { key, format }: Annotation<T>): T | undefined {
  const text = pod.metadata.annotations?.[key] ?? (labelKeys.includes(key) ? pod.metadata.labels?.[key] : undefined)
  return text === undefined ? undefined : format.parse(text)
}

/** One key under the prefix as a pod carries it. */
export interface WrittenKey {
  readonly kind: 'annotation' | 'label'
  readonly key: string
  readonly text: string
}

/** Every key under the prefix that somebody wrote into the pod, annotations first, in the pod's order. */
export function writtenByPeople({ metadata }: RawPod): readonly WrittenKey[] {
  const annotationKeys = Object.entries(metadata.annotations ?? {}).map(
    ([key, text]) => ({ kind: 'annotation', key, text }) as const,
  )
  const labels = Object.entries(metadata.labels ?? {}).map(([key, text]) => ({ kind: 'label', key, text }) as const)
  return [...annotationKeys, ...labels].filter(({ key }) => key.startsWith(keyPrefix) && !writtenKeys.includes(key))
}

/** The row of the table for a key where it was written; undefined where it is not known there. */
export function findAnnotation({ kind, key }: WrittenKey): Annotation<unknown> | undefined {
  if (kind === 'label' && !labelKeys.includes(key)) return undefined
  return Object.values(annotations).find((annotation) => annotation.key === key)
}
