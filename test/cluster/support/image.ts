import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const cluster = join(import.meta.dirname, '..')

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

/**
 * Puts a copy of an image of the cluster into it as `to`, with the files of `folder` laid over its own. The archive
 * holds only what is new: the layers below are in the cluster already.
 */
export function copyImage(from: string, { to, folder }: { to: string; folder: string }): void {
  const work = mkdtempSync(join(tmpdir(), 'greenroom-image-'))
  try {
    const manifest = JSON.parse(content(digestOf(`docker.io/library/${from}`)))
    const config = JSON.parse(content(manifest.config.digest))
    mkdirSync(join(work, 'blobs/sha256'), { recursive: true })
    const write = (mediaType: string, bytes: Buffer | string): Descriptor => {
      const hash = createHash('sha256').update(bytes).digest('hex')
      writeFileSync(join(work, 'blobs/sha256', hash), bytes)
      return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(bytes) }
    }

    const layer = write(
      manifest.layers[0].mediaType,
      execFileSync('tar', ['-C', folder, '--owner=0', '--group=0', '-c', '.'], { maxBuffer: 2 ** 30 }),
    )
    config.rootfs.diff_ids.push(layer.digest)
    manifest.layers.push(layer)
    manifest.config = write(manifest.config.mediaType, JSON.stringify(config))
    const annotations = { 'org.opencontainers.image.ref.name': `docker.io/library/${to}` }
    const manifests = [{ ...write(manifest.mediaType, JSON.stringify(manifest)), annotations }]
    writeFileSync(join(work, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
    writeFileSync(join(work, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
    execFileSync('tar', ['-C', work, '-cf', join(work, 'image.tar'), 'oci-layout', 'index.json', 'blobs'])
    execFileSync(join(cluster, 'import'), [join(work, 'image.tar')])
  } finally {
    rmSync(work, { recursive: true })
  }
}

function digestOf(image: string): string {
  const [, digest = ''] = ctr('images', 'ls', `name==${image}`).match(/ (sha256:\w+) /) ?? []
  return digest
}

const content = (digest: string): string => ctr('content', 'get', digest)

const ctr = (...args: string[]): string => execFileSync(join(cluster, 'parts/ctr'), args, { encoding: 'utf8' })
