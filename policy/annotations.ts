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
import type { PodHead } from './schema/pod.ts'

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
  lxcfs: built('lxcfs', choice('require', 'prefer', 'off')),
  healthcheckPath: later('healthcheck-path', absolutePath, '/usr/share/nginx/html/healthcheck.html'),
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
  lxcfs: ofPolicy,
}

/** What a pod takes without this key; undefined where that is nothing. */
export const withoutKey = (key: string): string | undefined => otherwiseByKey.get(key)

const otherwiseByKey = new Map(
  Object.entries<Annotation<unknown>>(annotations).map(([name, { key }]) => [
    key,
    Object.entries(otherwise).find(([each]) => each === name)?.[1],
  ]),
)

/** Keys that Greenroom writes itself. A pod may carry them, because people copy pods; they are never read. */
const writtenKeys: readonly string[] = [statusAnnotation, injectedLabel]

/** The only key that a label may carry too, for namespaces and selectors work on labels. */
const labelKeys: readonly string[] = [annotations.inject.key]

type Labelled = Pick<PodHead, 'metadata'>

/** The annotation's value in this pod; undefined where it is absent or malformed, which `findProblems` reports. */
export function readAnnotation<T>(pod: Labelled, { key, format }: Annotation<T>): T | undefined {
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
export function writtenByPeople({ metadata }: Labelled): readonly WrittenKey[] {
  return [...writtenIn('annotation', metadata.annotations), ...writtenIn('label', metadata.labels)]
}

/** As the registration of pods that ask has it: any key under the prefix but the status, which is left in pods that are copied. */
export const isKeyOfOurs = (key: string): boolean => key.startsWith(keyPrefix) && key !== statusAnnotation

/** Whether that registration sends the pod. */
export const hasKeyOfOurs = ({ metadata: { annotations, labels } }: Labelled): boolean =>
  [annotations, labels].some((map) => Object.keys(map ?? {}).some(isKeyOfOurs))

const writtenIn = (kind: WrittenKey['kind'], map: Readonly<Record<string, string>> | null | undefined): WrittenKey[] =>
  Object.keys(map ?? {})
    .filter((key) => key.startsWith(keyPrefix) && !writtenKeys.includes(key))
    .map((key) => ({ kind, key, text: map?.[key] ?? '' }))

/** The row of the table for a key where it was written; undefined where it is not known there. */
export function findAnnotation({ kind, key }: WrittenKey): Annotation<unknown> | undefined {
  if (kind === 'label' && !labelKeys.includes(key)) return undefined
  return annotationByKey.get(key)
}

const annotationByKey = new Map(
  Object.values<Annotation<unknown>>(annotations).map((annotation) => [annotation.key, annotation]),
)
