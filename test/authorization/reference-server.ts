import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const main = fileURLToPath(new URL('../../authorization/reference/main.ts', import.meta.url))

/** One line of the server's log. */
export interface Line {
  readonly message?: string
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

export async function runReferenceServer(
  t: Test,
  { grantsFile, flags }: { grantsFile: string; flags: readonly string[] },
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
  const endpoint = `http://127.0.0.1:${lines[0]?.port}`
  return {
    endpoint,
    grantsFile,
    lines,
    calls: async () => {
      // Asked for and not read from the log, which may still be under way in its pipe.
      const { calls }: { calls: Line[] } = JSON.parse(await (await fetch(`${endpoint}/v1/calls`)).text())
      return calls.map(({ method, answer }) => `${method} ${answer}`)
    },
    waitFor: (answer) =>
      new Promise((resolve) => {
        output.on('line', (line) => JSON.parse(line).answer === answer && resolve())
      }),
    behave: (behaviour) => fetch(`${endpoint}/v1/behaviour`, { method: 'PUT', body: JSON.stringify(behaviour) }),
    grants: () => JSON.parse(readFileSync(grantsFile, 'utf8')),
    stop: async () => {
      child.kill('SIGTERM')
      const [code] = await exited
      return code
    },
  }
}
