import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t from 'tap'

/** Far more than is kept for a reader, said over many turns of the event loop; then what the reader's coming sets off, and the end. */
const lines = 40_000
const program = `
  import { openLog } from ${JSON.stringify(new URL('../../serving/log.ts', import.meta.url).href)}
  import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
  const { logger, close } = openLog('info')
  for (let number = 0; number < ${lines}; number += 1) {
    logger.info({ number, filler: 'x'.repeat(100) }, 'said')
    if (number % 1_000 === 0) await turn()
  }
  await pause(500)
  process.stderr.write('all is said')
  await new Promise((resolve) => process.stdin.once('data', resolve))
  logger.info('the last words')
  await close()
  process.exit(0)
`
const node = [process.execPath, '--input-type=module', '--eval', program]

/** A socket, as a parent in Node gives; and a pipe, as the runtime does, in which a write blocks. Both are read from \`go\` on. */
const readers: Readonly<Record<string, () => ChildProcess>> = {
  'a socket': () => spawn(node[0] ?? '', node.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] }),
  'a pipe': () =>
    spawn('sh', ['-c', '"$@" 3<&- | { read -r _ <&3; cat; }', 'sh', ...node], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    }),
}

for (const [name, start] of Object.entries(readers)) {
  t.test(`a log into ${name} that nobody reads does not stop the server, and tells what was dropped`, async (t) => {
    const child = start()
    const { stdin, stdout, stderr, stdio } = child
    if (!stdin || !stdout || !stderr) throw new Error('no pipes')
    stdout.pause()
    const [said] = await once(stderr, 'data')
    t.equal(String(said), 'all is said')
    const go = stdio[3]
    if (go && 'end' in go) go.end('go\n')
    const read = text(stdout)
    stderr.resume()
    stdin.write('go\n')
    const log = (await read)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const dropped = log.reduce((sum, line) => sum + (line.dropped ?? 0), 0)
    t.ok(dropped > 0 && dropped < lines, `${dropped} dropped`)
    t.equal(log.filter(({ msg }) => msg === 'said').length + dropped, lines)
    t.ok(log.slice(-2).some(({ msg }) => msg === 'the last words'))
    const numbers = log.flatMap(({ number }) => number ?? [])
    t.same(
      numbers,
      [...new Set(numbers)].toSorted((a, b) => a - b),
      'in order, none twice',
    )
  })
}
