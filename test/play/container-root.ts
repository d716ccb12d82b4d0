import {
  cpSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { mapPaths, type PathMap } from './path-map.ts'
import type { Container } from './pod.ts'

/** What an image holds: path in the image, then the local folders (copied over each other) or the one file to take for it. */
export type Image = Readonly<Record<string, readonly string[]>>

/** Every path that a container has of its own (image, mounts, termination message), led into the folder `root`. */
export function pathsOf(container: Container, image: Image, root: string): PathMap {
  const mounts = container.volumeMounts.map(({ mountPath }) => mountPath)
  const paths = [...Object.keys(image), ...mounts, container.terminationMessagePath]
  return Object.fromEntries(paths.map((path) => [path, join(root, path)]))
}

/**
 * Fills `root` with the image's files. Folders are copied, so that relative links in them stay inside the root; a single
 * file (a big program) is linked. `#!` lines that name a path of the map are rewritten, for the system's kernel reads them.
 */
export function fillRoot(image: Image, root: string, map: PathMap): void {
  for (const [path, sources] of Object.entries(image)) {
    const target = join(root, path)
    mkdirSync(dirname(target), { recursive: true })
    for (const source of sources) {
      if (statSync(source).isDirectory()) cpSync(source, target, { recursive: true, verbatimSymlinks: true })
      else symlinkSync(resolve(source), target)
    }
    if (lstatSync(target).isDirectory()) rewriteInterpreters(target, map)
  }
}

/**
 * Puts the volumes where the container mounts them, as links to the open folders: like a mount, such a link stays with
 * its folder when that gets another name. A `subPath` that is not there yet is made.
 */
export function mountVolumes(container: Container, root: string, volumes: string): void {
  for (const { name, mountPath, subPath } of container.volumeMounts) {
    const folder = join(volumes, name, subPath)
    const target = join(root, mountPath)
    mkdirSync(folder, { recursive: true })
    mkdirSync(dirname(target), { recursive: true })
    rmSync(target, { recursive: true, force: true })
    symlinkSync(`/proc/${process.pid}/fd/${openSync(folder, 'r')}`, target)
  }
  const message = join(root, container.terminationMessagePath)
  mkdirSync(dirname(message), { recursive: true })
  writeFileSync(message, '')
}

function rewriteInterpreters(folder: string, map: PathMap): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const content = readFileSync(file)
    if (content.toString('latin1', 0, 2) !== '#!') continue
    const end = content.indexOf('\n')
    const line = content.toString('utf8', 0, end)
    const mapped = mapPaths(line.slice(2), map)
    if (mapped !== line.slice(2))
      writeFileSync(file, Buffer.concat([Buffer.from(`#!${mapped}`), content.subarray(end)]))
  }
}
