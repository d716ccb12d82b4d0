import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const run = promisify(execFile)
const program = new URL('../kubectl', import.meta.url).pathname

/** Runs kubectl against the test cluster; resolves to its stdout, rejects with its stderr in the message. */
export async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await run(program, args, { maxBuffer: 64 * 2 ** 20 })
  return stdout
}

/** `kubectl ... -f -` with the objects as JSON. Resolves to stdout and stderr (admission warnings) together. */
export function kubectlWith(objects: readonly object[], ...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, '-f', '-'], { stdio: 'pipe' })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
    child.stdin.end(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  })
}

export interface LogLine {
  /** When it was seen here, and when the runtime had it from the container: milliseconds since the epoch. */
  readonly at: number
  readonly writtenAt: number
  readonly text: string
}

/**
 * Follows a log until `stop`; `lines` grow as they come. `until` resolves with the first line that fits, old or new, `ended`
 * once there is no more to come: the last lines of a pod may arrive after the API server has forgotten it.
 */
export function followLog(namespace: string, pod: string, container: string) {
  const child = spawn(program, ['logs', '-n', namespace, pod, '-c', container, '-f', '--timestamps'], { stdio: 'pipe' })
  const ended = once(child, 'close').then(() => undefined)
  const lines: LogLine[] = []
  const listeners = new Set<() => void>()
  let partial = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const pieces = (partial + chunk.toString()).split('\n')
    partial = pieces.pop() ?? ''
    lines.push(...pieces.map(parseLogLine))
    for (const listener of listeners) listener()
  })

  function until(fits: RegExp, withinMs = 30_000): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = lines.find(({ text }) => fits.test(text))
        if (!found) return
        clearTimeout(timer)
        listeners.delete(look)
        resolve(found)
      }
      const timer = setTimeout(() => {
        listeners.delete(look)
        const log = lines.map(({ text }) => text).join('\n')
        reject(new Error(`no line ${fits} in the log of ${pod}, ${container} within ${withinMs} ms:\n${log}`))
      }, withinMs)
      listeners.add(look)
      look()
    })
  }

  return { lines, until, ended, stop: () => child.kill() }
}

function parseLogLine(line: string): LogLine {
  const blank = line.indexOf(' ')
  return { at: Date.now(), writtenAt: Date.parse(line.slice(0, blank)), text: line.slice(blank + 1) }
}
