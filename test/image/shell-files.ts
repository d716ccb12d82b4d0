import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Use = { readonly applet: string; readonly at: string }

const root = join(import.meta.dirname, '../..')
const folder = 'sidecar/shell'

// `"$busybox" NAME`, `"${0%/*}/busybox" NAME`, `/greenroom/busybox NAME`
const namedUse = /(?:\$\{?busybox\}?|\/busybox)"?[ \t]+([a-z][a-z0-9]*)(?![\w=-])/g

/** Where the shell files name an applet of our busybox. */
export function appletUses(): Use[] {
  return lines().flatMap(({ text, at }) => [...text.matchAll(namedUse)].map(([, applet = '']) => ({ applet, at })))
}

/** Where a shell file calls one of `applets` by its bare name, so that the image's program would run, if it has one. */
export function bareUses(applets: readonly string[]): Use[] {
  const bare = new RegExp(
    `(?:^|[;&|(!]|[{][ \\t]|\\b(?:then|do|else|if|while|until|exec))[ \\t]*(${applets.join('|')})(?![\\w=/)-])`,
    'g',
  )
  return lines().flatMap(({ text, at }) => [...text.matchAll(bare)].map(([, applet = '']) => ({ applet, at })))
}

function lines(): { text: string; at: string }[] {
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return files.flatMap((file) => {
    const path = join(file.parentPath, file.name)
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((text, index) => ({ text, at: `${path.slice(root.length + 1)}:${index + 1}` }))
      .filter(({ text }) => !/^\s*#(?!!)/.test(text))
  })
}
