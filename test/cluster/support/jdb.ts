import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

const limitMs = 30_000

/** A program that is talked to line by line. */
function startTalking(program: string, ...args: string[]) {
  const child = spawn(program, args, { stdio: 'pipe' })
  let heard = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      heard += chunk.toString()
    })
  }
  child.stdin.on('error', () => {})
  const ended = once(child, 'close')
  /** Of what came since the last thing that was waited for. */
  async function until(fits: RegExp): Promise<RegExpExecArray> {
    const deadline = performance.now() + limitMs
    for (;;) {
      const found = fits.exec(heard)
      if (found) {
        heard = heard.slice(found.index + found[0].length)
        return found
      }
      if (performance.now() > deadline)
        throw new Error(`${program} ${args.join(' ')} said nothing like ${fits}: ${heard}`)
      await sleep(20)
    }
  }
  async function stop(): Promise<void> {
    child.kill()
    await ended
  }
  return { until, ended, say: (line: string) => child.stdin.write(`${line}\n`), stop }
}

/** Forwards a free port of this machine to one of the pod's loopback, as developers do. */
export async function forwardPort(namespace: string, pod: string, port: number) {
  const program = new URL('../kubectl', import.meta.url).pathname
  const forwarding = startTalking(program, 'port-forward', '-n', namespace, `pod/${pod}`, `:${port}`)
  const [, local] = await forwarding.until(/Forwarding from 127\.0\.0\.1:(\d+) /)
  return { port: Number(local), stop: forwarding.stop }
}

/** The JDK's own debugger, attached to a port of this machine. */
export async function attachJdb(port: number) {
  const jdb = startTalking('jdb', '-connect', `com.sun.jdi.SocketAttach:hostname=127.0.0.1,port=${port}`)
  await jdb.until(/Initializing jdb/)
  return {
    /** Halts every thread, as a breakpoint does that suspends all. */
    async suspend() {
      jdb.say('suspend')
      await jdb.until(/All threads suspended/)
    },
    /** Whether the JVM still answers it. */
    async threads() {
      jdb.say('threads')
      await jdb.until(/Group system/)
    },
    async leave() {
      jdb.say('exit')
      await jdb.ended
    },
    stop: jdb.stop,
  }
}
