import { keyPrefix } from '../names.ts'

/** Label of a node, value `"true"`: the agent is installed there. It says nothing of its health, and is never taken away by Greenroom. */
export const nodeLabel = `${keyPrefix}lxcfs` as const

/** Where the agent publishes its files on a node: each below it as it is below `/` in a container. */
export const publishedFolder = '/run/greenroom-lxcfs'

/** How the agent's pods are known: they are in this namespace and have this label. */
export const agent = { namespace: 'kube-system', label: 'app.kubernetes.io/component', value: 'lxcfs' } as const

/** A file that shows a container its own limits. */
export interface LxcfsFile {
  /** Absolute, in the container. */
  readonly path: string
  /** Of the pod's volume. */
  readonly volumeName: string
}

const file = (path: string, name: string): LxcfsFile => ({ path, volumeName: `greenroom-lxcfs-${name}` })

const everywhere = [
  file('/proc/cpuinfo', 'cpuinfo'),
  file('/proc/meminfo', 'meminfo'),
  file('/proc/stat', 'stat'),
  file('/proc/diskstats', 'diskstats'),
  file('/proc/swaps', 'swaps'),
  file('/proc/uptime', 'uptime'),
]
const loadavg = file('/proc/loadavg', 'loadavg')
const online = file('/sys/devices/system/cpu/online', 'cpu-online')

/**
 * What may be mounted below `/proc` is a list in runc, and `loadavg` came into it with 1.0.0-rc7; `/proc/pressure` never did.
 * crun has no such list. Source: opencontainers/runc, libcontainer/rootfs_linux.go, checkProcMount.
 */
export const filesByRuntime = {
  runc: [...everywhere, loadavg, online],
  'older-runc': [...everywhere, online],
  crun: [...everywhere, loadavg, online],
} as const satisfies Record<string, readonly LxcfsFile[]>

export type Runtime = keyof typeof filesByRuntime

/** The file on the node. */
export const publishedPath = ({ path }: LxcfsFile): string => publishedFolder + path
