import { annotations } from '../policy/annotations.ts'
import { type Finding, GreenroomError } from '../policy/greenroom-error.ts'
import { handlerCommand, isHttps } from '../policy/handler-command.ts'
import { isWithin, normalizePath, type PathUse, pathsOf } from '../policy/mount-paths.ts'
import { bearer, containerNames, volumeName } from '../policy/names.ts'
import { findSidecar, isOwn } from '../policy/own-parts.ts'
import { allContainers, volumesAndMounts } from '../policy/pod-parts.ts'
import type { RawContainer, RawHandler, RawPod } from '../policy/schema/pod.ts'
import { appMounts } from './mounts.ts'

/** What the pod has that stands where Greenroom's parts have to go; the first such thing. */
export function findConflict(
  pod: RawPod,
  app: RawContainer,
  healthcheckDir: string | undefined,
): GreenroomError | undefined {
  return findTakenName(pod) ?? findTakenPath(app, healthcheckDir) ?? findForeignHandler(app)
}

/** Names are unique in a pod over containers of all kinds; what an earlier pass wrote is ours. */
function findTakenName(pod: RawPod): GreenroomError | undefined {
  const names: readonly string[] = Object.values(containerNames)
  const container = allContainers(pod).find((candidate) => names.includes(candidate.name) && !isOwn(candidate))
  if (container) return nameTaken('container', container.name)
  if (findSidecar(pod)) return undefined
  // A mount without its volume would be refused by the API server, but for the volume that we are about to add.
  const volume = volumesAndMounts(pod).find(({ name }) => ourVolumes.includes(name))
  return volume && nameTaken('volume', volume.name)
}

const ourVolumes: readonly string[] = [volumeName, bearer.volumeName]

const nameTaken = (kind: 'container' | 'volume', name: string) =>
  new GreenroomError('NameTaken', {
    at: `name of a ${kind}`,
    found: name,
    expected: "another, for this one is Greenroom's",
    fix: `Rename the ${kind}.`,
  })

/**
 * Ours are read-only, and no mount point can be made inside a read-only mount: the container could never start. What
 * lies above ours is fine, for mounts are made from the root downwards.
 */
function findTakenPath(app: RawContainer, healthcheckDir: string | undefined): GreenroomError | undefined {
  const ours = appMounts(healthcheckDir).map(({ mountPath }) => normalizePath(mountPath))
  const isOurs = ({ name, mountPath }: PathUse) => name === volumeName && ours.includes(normalizePath(mountPath))
  const taken = pathsOf(app).find(
    (use) => !isOurs(use) && ours.some((path) => isWithin(normalizePath(use.mountPath), path)),
  )
  if (taken)
    return pathTaken(`${taken.field} in container ${app.name}`, taken.mountPath, `Put ${taken.name} elsewhere.`)
  const dir = normalizePath(healthcheckDir ?? '')
  const fixed = [...appMounts(undefined).map(({ mountPath }) => mountPath), ...runtimePaths]
  if (!healthcheckDir || !fixed.some((path) => isWithin(path, dir) || isWithin(dir, path))) return undefined
  return pathTaken(
    `annotation ${annotations.healthcheckDir.key}`,
    healthcheckDir,
    "Name a directory of the app's web root.",
  )
}

/** What is mounted into every container by the kubelet and the container runtime. */
const runtimePaths = ['/dev', '/etc/hostname', '/etc/hosts', '/etc/resolv.conf', '/proc', '/sys']

const pathTaken = (at: string, found: string, fix: string) =>
  new GreenroomError('MountPathTaken', { at, found, expected: 'a path that Greenroom leaves free', fix })

function findForeignHandler(app: RawContainer): GreenroomError | undefined {
  const handlers = { postStart: app.lifecycle?.postStart, preStop: app.lifecycle?.preStop }
  const foreign = Object.entries(handlers).find(([, handler]) => !handlerCommand(handler, app))
  if (!foreign) return undefined
  const [name, handler] = foreign
  const at = `${name} of container ${app.name}`
  return new GreenroomError('LifecycleHandlerUnsupported', whyForeign(at, handler))
}

function whyForeign(at: string, handler: RawHandler): Finding {
  const elsewhere = 'Write it as exec, or move it into a hook.'
  const { httpGet, ...others } = handler ?? {}
  if (!httpGet) return { at, found: Object.keys(others).join(', '), expected: 'exec, httpGet or sleep', fix: elsewhere }
  if (isHttps(httpGet)) return { at: `scheme of ${at}`, found: 'HTTPS', expected: 'HTTP', fix: elsewhere }
  const expected = 'a declared one'
  return { at: `port of ${at}`, found: String(httpGet.port), expected, fix: 'Declare the port, or write its number.' }
}
