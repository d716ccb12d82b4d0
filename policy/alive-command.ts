import type { CheckurlTarget } from './checkurl-target.ts'
import { unexpanded } from './commands.ts'
import { helperMountPath, runMountPath } from './names.ts'

const program = [`${helperMountPath}/alive`, runMountPath]

/**
 * The composite liveness probe's command: `alive RUN RULE URL [HEADER...]` (sidecar/alive.c). The rule is `exactly-200` or
 * `kubelet` (200 to 399), the URL has no host, a header is `Name: value`. It holds all of the checkurl, so that a checkurl
 * which was derived from a pod's liveness probe can be derived again when this command has taken its place.
 */
export function aliveCommand(checkurl: CheckurlTarget): readonly string[] {
  const { kind, port } = checkurl
  if (kind === 'tcp') return [...program, 'kubelet', `tcp://:${port}`]
  const { scheme, path, headers, exactly200 } = checkurl
  const lines = headers.map(({ name, value }) => `${name}: ${value}`)
  const words = [exactly200 ? 'exactly-200' : 'kubelet', `${scheme}://:${port}${path}`, ...lines]
  return [...program, ...words.map(unexpanded)]
}

export const isAliveCommand = (command: readonly string[] | null | undefined): boolean =>
  program.every((word, index) => word === command?.[index])

/** The inverse; undefined for a command that is not the composite probe's. */
export function readAliveCommand(command: readonly string[]): CheckurlTarget | undefined {
  if (!isAliveCommand(command)) return undefined
  const [rule, url = '', ...lines] = command.slice(program.length).map(expanded)
  const [, scheme, digits, path = ''] = /^(https?|tcp):\/\/:(\d+)(\/.*)?$/s.exec(url) ?? []
  if (!scheme) return undefined
  const port = Number(digits)
  if (scheme === 'tcp') return { kind: 'tcp', port }
  return {
    kind: 'http',
    scheme: scheme === 'https' ? 'https' : 'http',
    port,
    path,
    headers: lines.map(readHeader),
    exactly200: rule === 'exactly-200',
  }
}

const expanded = (word: string) => word.replaceAll('$$', '$')

function readHeader(line: string): { name: string; value: string } {
  const [name = '', ...rest] = line.split(': ')
  return { name, value: rest.join(': ') }
}
