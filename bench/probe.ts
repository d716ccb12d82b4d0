import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { lastLine } from '../test/last-line.ts'
import { type Figure, figure } from './figure.ts'
import type { Ground } from './ground.ts'

const run = promisify(execFile)
/** So many that the clock's milliseconds do not show. */
const runsEach = 100

/**
 * The composite probe of a healthy app that nobody debugs, and what platform teams have written in its place: the same questions in
 * the same order by bash, pgrep and curl. CPU of the script alone, without what the runtime takes for an exec.
 */
export async function measureProbe({ samples, say }: Ground): Promise<Figure[]> {
  const server = createServer((_, response) => response.end('ok\n')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-bench-'))
  try {
    writeFileSync(join(folder, 'pod'), `orders\nshop\n127.0.0.1\n${port}\n`)
    writeFileSync(join(folder, 'debug'), '28800 composite 50005 50006\n')
    const helper = lastLine(
      execFileSync(join(import.meta.dirname, '../image/build-helper'), ['own'], { encoding: 'utf8' }),
    )
    const ours = [join(helper, 'alive'), folder, 'exactly-200', `http://:${port}/`]
    const code = `"$(curl -s -o /dev/null -m 2 -w '%{http_code}' http://127.0.0.1:${port}/)"`
    const theirs = ['bash', '-c', `pgrep -x socat >/dev/null && pgrep -x java >/dev/null || [ ${code} = 200 ]`]
    const own: number[] = []
    const peer: number[] = []
    for (let round = 1; round <= samples; round++) {
      own.push(await cpuMs(ours))
      peer.push(await cpuMs(theirs))
      say(`${round} of ${samples}: ${own.at(-1)} ms, ${peer.at(-1)} ms`)
    }
    return [figure('probe', 'cpu', own, peer)]
  } finally {
    server.close()
    rmSync(folder, { recursive: true })
  }
}

async function cpuMs(command: readonly string[]): Promise<number> {
  const room = join(import.meta.dirname, 'probe-room')
  const { stdout } = await run('unshare', [
    '--fork',
    '--pid',
    '--mount-proc',
    '--kill-child',
    room,
    String(runsEach),
    ...command,
  ])
  return Number(stdout)
}
