/** From a path in a container to where it is on this machine. */
export type PathMap = Readonly<Record<string, string>>

/**
 * Rewrites every path of the map that occurs in `text`, wherever it stands: alone, in a list, in JSON. Only whole path
 * elements count: with `/app` in the map, `/app/x` is rewritten and `/apple`, `/my/app` and `host:80/app` are not. The
 * longest path wins, as the innermost mount does.
 */
export function mapPaths(text: string, map: PathMap): string {
  const paths = Object.keys(map).sort((a, b) => b.length - a.length)
  if (paths.length === 0) return text
  const pattern = new RegExp(`(?<![\\w./-])(?:${paths.map(escapeRegExp).join('|')})(?![\\w.-])`, 'g')
  return text.replace(pattern, (path) => map[path] ?? path)
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
