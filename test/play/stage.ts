import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillRoot, type Image, mountVolumes, pathsOf } from './container-root.ts'
import { expand, type Identity, resolveEnvironment } from './environment.ts'
import { startOrder } from './order.ts'
import { mapPaths, type PathMap } from './path-map.ts'
import type { Container, Pod } from './pod.ts'
import { type Command, killTagged, type Process, startProcess, tagName } from './process.ts'

/** What an image without its own PATH gets from the runtime. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** A pod's containers on this machine: one folder for each root, one for each volume, and the processes in them. */
export interface Stage {
  /** Starts the container's own command; `onLine` gets its output. */
  start(container: Container, onLine: (line: string) => void): Process
  /** Runs a handler's command in the container; the kubelet keeps no output of it but a failed one's. */
  exec(container: Container, argv: readonly string[], onLine: (line: string) => void): Process
  /** Ends what is left in the container, as a runtime does when its first process has exited. */
  empty(container: Container): void
  /** What the container wrote as its termination message. */
  terminationMessage(container: Container): string
}

export interface StageOptions {
  readonly identity: Identity
  readonly images: Readonly<Record<string, Image>>
  /** An empty folder for all of it. */
  readonly folder: string
  /** Marks all processes of the play. */
  readonly tag: string
}

export function buildStage(pod: Pod, { identity, images, folder, tag }: StageOptions): Stage {
  const containers = startOrder(pod).map(({ container }) => container)
  const rootOf = ({ name }: Container) => join(folder, 'containers', name)
  const volumes = join(folder, 'volumes')
  const own = new Map(containers.map((c) => [c.name, pathsOf(c, imageOf(c, images), rootOf(c))]))

  // A value may name a path of another container of the pod (one tells the other what to run): where the container has no
  // such path itself, the other's is meant.
  const everyones: PathMap = Object.assign({}, ...own.values())
  const mapOf = ({ name }: Container): PathMap => ({ ...everyones, ...own.get(name) })

  for (const container of containers) fillRoot(imageOf(container, images), rootOf(container), mapOf(container))
  for (const { name } of pod.spec.volumes) mkdirSync(join(volumes, name), { recursive: true })

  const commandOf = (container: Container, argv: readonly string[]): Command => {
    const map = mapOf(container)
    const resolved = resolveEnvironment(container, pod, identity)
    const mapped = Object.entries(resolved).map(([name, value]) => [name, mapPaths(value, map)])
    const base = { PATH: defaultPath, HOSTNAME: pod.metadata.name, HOME: rootOf(container) }
    return {
      argv: argv.map((argument) => mapPaths(argument, map)),
      cwd: container.workingDir ? mapPaths(container.workingDir, map) : rootOf(container),
      env: { ...base, ...Object.fromEntries(mapped), [tagName]: `${tag}:${container.name}` },
    }
  }

  return {
    start(container, onLine) {
      mountVolumes(container, rootOf(container), volumes)
      const environment = resolveEnvironment(container, pod, identity)
      const argv = [...container.command, ...container.args].map((argument) => expand(argument, environment))
      return startProcess(commandOf(container, argv), onLine)
    },
    exec: (container, argv, onLine) => startProcess(commandOf(container, argv), onLine),
    empty: ({ name }) => killTagged(`${tag}:${name}`),
    terminationMessage: (container) =>
      readFileSync(join(rootOf(container), container.terminationMessagePath), 'utf8').trim(),
  }
}

function imageOf({ name, image }: Container, images: StageOptions['images']): Image {
  const found = images[image]
  if (found) return found
  throw new Error(`Container ${name} has the image "${image}", expected one of ${Object.keys(images).join(', ')}.`)
}
