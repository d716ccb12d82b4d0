import { isDeepStrictEqual } from 'node:util'
import { type Amounts, appOf, type Container, type Handler, type HttpGet, type Pod } from './generated.ts'
import { amountOf, qosClass } from './qos-class.ts'
import { lists, ownSecret } from './without-greenroom.ts'

const busybox = '/greenroom/busybox'
const helper = (file: string) => [busybox, 'sh', `/greenroom/${file}`]
const startsWith = (words: readonly string[], start: readonly string[]) => start.every((word, at) => word === words[at])

/** What the policy adds to what the pod asks for. */
export interface Wanted {
  readonly isAuthorized?: boolean
  readonly hasSecret?: boolean
  readonly isDebugged?: boolean
  readonly isChecked?: boolean
  readonly hasLxcfs?: boolean
}

/** What is wrong in an injected pod with what Greenroom adds, and with what it writes over. */
export function findWrong(before: Pod, after: Pod, wanted: Wanted): readonly string[] {
  const checks = {
    sidecar: hasSidecar(after),
    'order of init containers': isInOrder(before, after, wanted),
    mounts: hasMounts(after),
    volume: isDeepStrictEqual(
      after.spec.volumes?.filter(({ name }) => name === 'greenroom'),
      [{ name: 'greenroom', emptyDir: {} }],
    ),
    'pull secret': secretsOf(after) === (wanted.hasSecret ? 1 : secretsOf(before)),
    'label and status': isMarked(after),
    lists: Object.entries(lists).every(([key, item]) => hasItem(before, after, key, item)),
    lxcfs: hasLxcfs(before, after, wanted),
    'grace period': after.spec.terminationGracePeriodSeconds === graceSecondsOf(before),
    command: isDeepStrictEqual(commandIn(after), commandOf(before)),
    postStart: isDeepStrictEqual(
      handlerIn(after, 'postStart', [...helper('start'), '/run/greenroom']),
      handlerOf(before, 'postStart'),
    ),
    preStop: isDeepStrictEqual(
      handlerIn(after, 'preStop', [...helper('offline'), '/run/greenroom', ...drainOf(before)]),
      handlerOf(before, 'preStop'),
    ),
    'liveness probe': isLivenessKept(before, after, wanted),
    'readiness probe': isReadinessKept(before, after, wanted),
    'resources of the pod': areRaised(before, after),
    'QoS class': qosClass(before) === qosClass(after),
    names: areUnique(containersOf(after).map(({ name }) => name)),
  }
  return Object.entries(checks).flatMap(([name, isRight]) => (isRight ? [] : [name]))
}

const secretsOf = ({ spec }: Pod) => spec.imagePullSecrets?.filter(({ name }) => name === ownSecret).length ?? 0

const containersOf = ({ spec }: Pod) => [...(spec.initContainers ?? []), ...spec.containers]
const areUnique = (items: readonly unknown[]) => new Set(items).size === items.length
const annotationOf = ({ metadata }: Pod, key: string) => metadata.annotations?.[`greenroom.dev/${key}`]

function hasSidecar({ spec }: Pod): boolean {
  const sidecar = spec.initContainers?.[0]
  const asked = sidecar?.readinessProbe?.httpGet
  return (
    sidecar?.name === 'greenroom' &&
    sidecar.restartPolicy === 'Always' &&
    isDeepStrictEqual(sidecar.ports, [{ containerPort: 15_720, protocol: 'TCP' }]) &&
    asked?.path === '/ready' &&
    asked.port === 15_720
  )
}

function isInOrder(before: Pod, { spec }: Pod, wanted: Wanted): boolean {
  const theirs = (before.spec.initContainers ?? []).map(({ name }) => name)
  const isAuthorized = wanted.isAuthorized === true && annotationOf(before, 'authorize') !== ''
  const isTwin = (annotationOf(before, 'pre-start') ?? 'off') !== 'off' && commandOf(before) === undefined
  const expected = [
    'greenroom',
    ...(isAuthorized ? ['greenroom-authorize'] : []),
    ...theirs,
    ...(isTwin ? ['greenroom-pre-start'] : []),
  ]
  return isDeepStrictEqual(
    spec.initContainers?.map(({ name }) => name),
    expected,
  )
}

function hasMounts(after: Pod): boolean {
  const part = (mountPath: string, subPath: string) => ({ name: 'greenroom', mountPath, subPath, readOnly: true })
  const dir = annotationOf(after, 'healthcheck-dir')
  const expected = [part('/greenroom', 'helper'), part('/run/greenroom', 'shared'), ...(dir ? [part(dir, 'www')] : [])]
  const ours = appOf(after).volumeMounts?.filter(({ name }) => name === 'greenroom')
  return isDeepStrictEqual(ours, expected)
}

function isMarked({ metadata }: Pod): boolean {
  const status = JSON.parse(metadata.annotations?.['greenroom.dev/status'] ?? '{}')
  return (
    metadata.labels?.['greenroom.dev/injected'] === 'true' && status.decision === 'inject' && status.container === 'app'
  )
}

const lxcfsPaths = [
  ...['cpuinfo', 'meminfo', 'stat', 'diskstats', 'swaps', 'uptime', 'loadavg'].map((file) => `/proc/${file}`),
  '/sys/devices/system/cpu/online',
]

const lxcfsMountsOf = ({ volumeMounts }: Container) =>
  (volumeMounts ?? []).filter(({ name }) => name.startsWith('greenroom-lxcfs-'))

/** Each container with a limit has each file that it leaves room for, once, and the pod their volumes and a node that has them. */
function hasLxcfs(before: Pod, after: Pod, wanted: Wanted): boolean {
  const isLimited = ({ resources }: Pick<Container, 'resources'>) =>
    resources?.limits?.cpu !== undefined || resources?.limits?.memory !== undefined
  const isFree = ({ volumeMounts }: Container, path: string) =>
    !(volumeMounts ?? []).some(({ mountPath }) =>
      `${path}/`.startsWith(`${mountPath.replace(/\/+/g, '/')}/`.replace('//', '/')),
    )
  const pathsFor = (each: Container) =>
    wanted.hasLxcfs && (isLimited(each) || isLimited(before.spec))
      ? lxcfsPaths.filter((path) => isFree(each, path))
      : []
  const twin = after.spec.initContainers?.find(({ name }) => name === 'greenroom-pre-start')
  const containers = containersOf(before)
  const used = new Set(containers.flatMap(pathsFor))
  const volumes = after.spec.volumes?.filter(({ name }) => name.startsWith('greenroom-lxcfs-')) ?? []
  const chosen = before.spec.nodeSelector?.['greenroom.dev/lxcfs'] ?? (used.size > 0 ? 'true' : undefined)
  const isRight = (container: Container | undefined, paths: readonly string[]) =>
    container === undefined ||
    isDeepStrictEqual(
      lxcfsMountsOf(container)
        .map(({ mountPath }) => mountPath)
        .sort(),
      [...paths].sort(),
    )
  return (
    containers.every((each) =>
      isRight(
        containersOf(after).find(({ name }) => name === each.name),
        pathsFor(each),
      ),
    ) &&
    isRight(twin, pathsFor(appOf(before))) &&
    volumes.length === used.size &&
    areUnique(volumes.map(({ name }) => name)) &&
    after.spec.nodeSelector?.['greenroom.dev/lxcfs'] === chosen
  )
}

/** Theirs as they were, but for a comma at the end; ours once, or in what says more. */
function hasItem(before: Pod, after: Pod, key: string, item: string): boolean {
  const was = before.metadata.annotations?.[key] ?? ''
  const has = ['*', '15000-16000', '15720, 9090', 'cache,greenroom'].includes(was)
  const theirs = was.replace(/,$/, '')
  const files = key.endsWith('-volumes')
    ? (after.spec.volumes ?? []).filter(({ name }) => name.startsWith('greenroom-lxcfs-'))
    : []
  const own = [...(has ? [] : [item]), ...files.map(({ name }) => name)]
  const isKept = own.length === 0
  return after.metadata.annotations?.[key] === (isKept ? was : [...(theirs ? [theirs] : []), ...own].join(','))
}

/** Limit of preStop and least drain, in seconds: 30 s of drain or 9 s, 30 s of postOffline, 2 s of slack. */
const drainOf = (pod: Pod) => (annotationOf(pod, 'drain') ? ['41', '5'] : ['62', '5'])
const graceSecondsOf = (pod: Pod) => (pod.spec.terminationGracePeriodSeconds ?? 30) + Number(drainOf(pod)[0]) + 5

/** What the app starts, as far as Greenroom can know it. */
function commandOf(pod: Pod): readonly string[] | undefined {
  const command = appOf(pod).command ?? []
  const entrypoint = annotationOf(pod, 'entrypoint')
  if (command.length > 0) return command
  return entrypoint === undefined ? undefined : JSON.parse(entrypoint)
}

/** What the app starts behind what Greenroom has put before it. */
function commandIn(pod: Pod): readonly string[] | undefined {
  const behindLaunch = (words: readonly string[]) => {
    if (!startsWith(words, helper('launch'))) return words
    const rest = words.slice(7 + Number(words[6]))
    return rest.slice(rest[0] === '--' ? 1 : 2)
  }
  const behindJdwp = (words: readonly string[]) => (startsWith(words, helper('jdwp')) ? words.slice(5) : words)
  const words = behindJdwp(behindLaunch(appOf(pod).command ?? []))
  if (words.length > 0) return words
  // Left alone: without preStart and a debugger the entrypoint is the image's business.
  return commandOf(pod)
}

function handlerOf(pod: Pod, name: 'postStart' | 'preStop'): readonly string[] {
  const app = appOf(pod)
  const { exec, sleep, httpGet }: Handler = app.lifecycle?.[name] ?? {}
  if (exec) return exec.command ?? []
  if (sleep) return [busybox, 'sleep', String(sleep.seconds)]
  return httpGet ? [...helper('get'), '/run/greenroom', ...requestOf(httpGet, app)] : []
}

function requestOf({ host, port, path, httpHeaders }: HttpGet, { ports }: Container): readonly string[] {
  const number = typeof port === 'number' ? port : ports?.find(({ name }) => name === port)?.containerPort
  const rooted = path?.startsWith('/') ? path : `/${path ?? ''}`
  return [host || '-', String(number), rooted, ...(httpHeaders ?? []).map(({ name, value }) => `${name}: ${value}`)]
}

/** The user's own handler inside ours; undefined where ours is not there. */
function handlerIn(pod: Pod, name: 'postStart' | 'preStop', ours: readonly string[]): readonly string[] | undefined {
  const words = appOf(pod).lifecycle?.[name]?.exec?.command ?? []
  if (!startsWith(words, ours)) return undefined
  const [mark, ...theirs] = words.slice(ours.length)
  return mark === '--' ? theirs : mark === undefined ? [] : undefined
}

const timing = (probe: object) =>
  Object.entries(probe).filter(
    ([key]) => !['exec', 'httpGet', 'tcpSocket', 'grpc', 'timeoutSeconds', 'future'].includes(key),
  )

/** As it was; where the pod is for debugging, one that never fails earlier than it. */
function isLivenessKept(before: Pod, after: Pod, wanted: Wanted): boolean {
  const [was, is] = [appOf(before).livenessProbe, appOf(after).livenessProbe]
  const isDebugged = wanted.isDebugged || annotationOf(before, 'debug') === 'true'
  if (!isDebugged) return isDeepStrictEqual(is, was)
  const isOurs = startsWith(is?.exec?.command ?? [], ['/greenroom/alive'])
  const now = new Map(timing(is ?? {}))
  return (
    isOurs &&
    timing(was ?? {}).every(([key, value]) => now.get(key) === value) &&
    (is?.timeoutSeconds ?? 0) >= (was?.timeoutSeconds ?? 1)
  )
}

/** As it was; with a check, the question leads to the sidecar, and may take a second longer. */
function isReadinessKept(before: Pod, after: Pod, wanted: Wanted): boolean {
  const [was, is] = [appOf(before).readinessProbe, appOf(after).readinessProbe]
  const isChecked = wanted.isChecked || annotationOf(before, 'check') === 'true'
  if (!isChecked || !canCheck(appOf(before))) return isDeepStrictEqual(is, was)
  if (is?.httpGet?.path !== '/check' || is.httpGet.port !== 15_720) return false
  const { httpGet: _, timeoutSeconds: before_, ...rest } = was ?? {}
  const { httpGet: __, timeoutSeconds: after_, ...others } = is
  return isDeepStrictEqual(others, rest) && after_ === (before_ ?? 1) + 1
}

/** The sidecar asks at the pod's own IP, by HTTP. */
const canCheck = ({ readinessProbe }: Container) => readinessProbe?.httpGet && !readinessProbe.httpGet.host

/** By at least the sidecar's own; what the pod leaves open stays open. */
function areRaised(before: Pod, after: Pod): boolean {
  const own = after.spec.initContainers?.[0]?.resources
  const [was, is] = [before.spec.resources, after.spec.resources]
  if (!was) return isDeepStrictEqual(is, was)
  const isRaised = (theirs: Amounts | undefined, now: Amounts | undefined, ours: Amounts) =>
    Object.keys(now ?? {}).length === Object.keys(theirs ?? {}).length &&
    Object.entries(theirs ?? {}).every(([name, text]) => {
      const more = ours?.[name]
      return amountOf(now?.[name] ?? '') >= amountOf(text) + (more ? amountOf(more) : 0)
    })
  return (
    isRaised(was.requests, is?.requests, own?.requests ?? {}) &&
    isRaised(was.limits, is?.limits, { ...own?.requests, ...own?.limits })
  )
}
