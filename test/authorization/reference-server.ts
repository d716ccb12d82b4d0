import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { Agent, fetch, type Response } from 'undici'
import type { CallsSummary } from '../../authorization/reference/calls.ts'

const main = fileURLToPath(new URL('../../authorization/reference/main.ts', import.meta.url))

/** One line of the server's log. */
export interface Line {
  readonly message?: string
  readonly scheme?: string
  readonly port?: number
  readonly method?: string
  readonly uid?: string
  readonly answer?: string
  readonly status?: number | null
}

export interface ReferenceServer {
  readonly endpoint: string
  readonly grantsFile: string
  /** What was read of the server's log so far. */
  readonly lines: readonly Line[]
  /** `PUT granted`, `DELETE revoked` … */
  readonly calls: () => Promise<readonly string[]>
  /** What it says of the calls so far. */
  readonly summary: () => Promise<CallsSummary>
  /** The next line of the log that is about this answer. */
  readonly waitFor: (answer: string) => Promise<void>
  readonly behave: (behaviour: object) => Promise<Response>
  readonly grants: () => unknown
  /** Ends it as the kubelet would; resolves to its exit code. */
  readonly stop: () => Promise<number | null>
}

/** The real reference server as a process of its own on a free port of loopback, ended with the test. */
export async function startReferenceServer(t: Test, flags: readonly string[] = []): Promise<ReferenceServer> {
  const grantsFile = join(t.testdirName, 'grants.json')
  t.testdir({})
  return runReferenceServer(t, { grantsFile, flags })
}

export interface ReferenceServerOptions {
  readonly grantsFile: string
  readonly flags: readonly string[]
  /** What it must be told by, where the flags say so. */
  readonly token?: string
  /** PEM of who signed its certificate, where the flags name one. */
  readonly ca?: string
}

export async function runReferenceServer(
  t: Test,
  { grantsFile, flags, token, ca }: ReferenceServerOptions,
): Promise<ReferenceServer> {
  const child = spawn(process.execPath, [main, '--port', '0', '--grants', grantsFile, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  t.teardown(() => child.kill('SIGKILL'))
  // Not inherited: what outlives a test that was cut short must not hold the runner's own output open.
  child.stderr.pipe(process.stderr, { end: false })

  const lines: Line[] = []
  const output = createInterface({ input: child.stdout })
  output.on('line', (line) => lines.push(JSON.parse(line)))
  await once(output, 'line')
  const endpoint = `${lines[0]?.scheme}://127.0.0.1:${lines[0]?.port}`
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } })
  t.teardown(() => dispatcher.destroy())
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const send = (path: string, init = {}) => fetch(`${endpoint}${path}`, { ...init, headers, dispatcher })
  // Asked for and not read from the log, which may still be under way in its pipe.
  const summary = async (): Promise<CallsSummary> => JSON.parse(await (await send('/v1/calls')).text())
  return {
    endpoint,
    grantsFile,
    lines,
    calls: async () => (await summary()).calls.map(({ method, answer }) => `${method} ${answer}`),
    summary,
    waitFor: (answer) =>
      new Promise((resolve) => {
        output.on('line', (line) => JSON.parse(line).answer === answer && resolve())
      }),
    behave: (behaviour) => send('/v1/behaviour', { method: 'PUT', body: JSON.stringify(behaviour) }),
    grants: () => JSON.parse(readFileSync(grantsFile, 'utf8')),
    stop: async () => {
      child.kill('SIGTERM')
      const [code] = await exited
      return code
    },
  }
}
