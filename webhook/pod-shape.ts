import { isRecord } from '../policy/json.ts'
import type { RawPod } from '../policy/schema/pod.ts'

/**
 * Whether JSON is a pod as far as Greenroom reads one: exactly what `podSchema` accepts, without the copy that zod makes of it,
 * which takes longer than to parse it. A header without a value gets the empty one, in place; all else stays as it is.
 */
export function isPod(value: unknown): value is RawPod {
  return isRecord(value) && isMetadata(value.metadata) && isSpec(value.spec)
}

type Check = (value: unknown) => boolean

const isString = (value: unknown): value is string => typeof value === 'string'
/** `1e999` is a number of JSON, and infinite. */
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

// Go writes an empty collection as an absent member or as null, and so it is with all that may be left out.
const isText: Check = (value) => value == null || isString(value)
const isAmount: Check = (value) => value == null || isNumber(value)
const isFlag: Check = (value) => value == null || typeof value === 'boolean'
const isListOf = (value: unknown, isItem: Check) => value == null || (Array.isArray(value) && value.every(isItem))
const isMapOf = (value: unknown, isItem: Check) =>
  value == null || (isRecord(value) && Object.values(value).every(isItem))

const isPort = (value: unknown): value is number | string => isNumber(value) || isString(value)
const isVolume: Check = (value) => isRecord(value) && isString(value.name) && isHostPath(value.hostPath)

const isHostPath: Check = (value) => value == null || (isRecord(value) && isString(value.path))

/** The API server lets a reference without a name through. */
const isReference: Check = (value) => isRecord(value) && isText(value.name)

const isMetadata: Check = (value) =>
  isRecord(value) &&
  isText(value.name) &&
  isText(value.generateName) &&
  isText(value.namespace) &&
  isMapOf(value.annotations, isString) &&
  isMapOf(value.labels, isString) &&
  isListOf(value.ownerReferences, isOwner)

const isOwner: Check = (value) =>
  isRecord(value) && isString(value.kind) && isString(value.name) && isFlag(value.controller)

const isSpec: Check = (value) =>
  isRecord(value) &&
  isFlag(value.hostNetwork) &&
  isFlag(value.hostPID) &&
  isFlag(value.hostUsers) &&
  isFlag(value.shareProcessNamespace) &&
  isText(value.runtimeClassName) &&
  isText(value.nodeName) &&
  isMapOf(value.nodeSelector, isString) &&
  (value.os == null || (isRecord(value.os) && isText(value.os.name))) &&
  isListOf(value.volumes, isVolume) &&
  isListOf(value.imagePullSecrets, isReference) &&
  isListOf(value.initContainers, isContainer) &&
  isListOf(value.containers, isContainer) &&
  isAmount(value.terminationGracePeriodSeconds) &&
  isResources(value.resources)

const isContainer: Check = (value) =>
  isRecord(value) &&
  isString(value.name) &&
  isListOf(value.command, isString) &&
  isListOf(value.args, isString) &&
  isListOf(value.env, isVariable) &&
  isListOf(value.ports, isContainerPort) &&
  isListOf(value.volumeMounts, isMount) &&
  isListOf(value.volumeDevices, isDevice) &&
  isText(value.terminationMessagePath) &&
  isResources(value.resources) &&
  isLifecycle(value.lifecycle) &&
  isProbe(value.readinessProbe) &&
  isProbe(value.startupProbe) &&
  isProbe(value.livenessProbe)

const isVariable: Check = (value) => isRecord(value) && isString(value.name) && isText(value.value)

const isContainerPort: Check = (value) =>
  isRecord(value) && isText(value.name) && isNumber(value.containerPort) && isText(value.protocol)

const isMount: Check = (value) => isRecord(value) && isString(value.name) && isString(value.mountPath)

const isDevice: Check = (value) => isRecord(value) && isString(value.name) && isString(value.devicePath)

const isResources: Check = (value) =>
  value == null || (isRecord(value) && isMapOf(value.requests, isPort) && isMapOf(value.limits, isPort))

const isLifecycle: Check = (value) =>
  value == null || (isRecord(value) && isHandler(value.postStart) && isHandler(value.preStop))

const isHandler: Check = (value) =>
  value == null ||
  (isRecord(value) &&
    isExec(value.exec) &&
    isHttpGet(value.httpGet) &&
    (value.sleep == null || (isRecord(value.sleep) && isNumber(value.sleep.seconds))))

const isProbe: Check = (value) =>
  value == null ||
  (isRecord(value) &&
    isExec(value.exec) &&
    isHttpGet(value.httpGet) &&
    isTcpSocket(value.tcpSocket) &&
    isAmount(value.initialDelaySeconds) &&
    isAmount(value.periodSeconds) &&
    isAmount(value.timeoutSeconds) &&
    isAmount(value.successThreshold) &&
    isAmount(value.failureThreshold) &&
    isAmount(value.terminationGracePeriodSeconds))

const isExec: Check = (value) => value == null || (isRecord(value) && isListOf(value.command, isString))

const isTcpSocket: Check = (value) => value == null || (isRecord(value) && isPort(value.port) && isText(value.host))

const isHttpGet: Check = (value) =>
  value == null ||
  (isRecord(value) &&
    isText(value.path) &&
    isPort(value.port) &&
    isText(value.host) &&
    isText(value.scheme) &&
    isListOf(value.httpHeaders, isHeader))

function isHeader(value: unknown): boolean {
  if (!isRecord(value) || !isString(value.name)) return false
  if (value.value === undefined) Object.assign(value, { value: '' })
  return isString(value.value)
}
