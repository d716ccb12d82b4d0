import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { cpuTicks, memoryKb } from './proc.ts'
import { shell } from './sidecar.ts'
import { createStage } from './stage.ts'
import { until } from './until.ts'

/** The forwarder alone, between two pipes. */
function startForward(t: Test) {
  const stage = createStage(t)
  const { pid, lines, input } = stage.start({ container: 'sidecar', argv: shell(stage, 'forward') })
  return { pid, lines, write: (text: string | Buffer) => input.write(text), end: () => input.end() }
}

const known = [
  'started 1b4e28ba',
  'started 1b4e28ba-2fa1-11d2-883f-0016d3cca427',
  'hook-exited 1b4e28ba preOnline 0',
  'hook-exited 1b4e28ba postOffline timeout',
  'offline-stop',
  'pre-start-exited 3',
  'pre-start-exited timeout',
]

// What the sidecar's own programs and operators say, and what nobody says.
const unknown = [
  'exited 1b4e28ba',
  'deleting',
  'terminating',
  'go-online 99999',
  'note online',
  'rest 99999',
  'rest 2 swap 2',
  'decider-exited 1 0',
  'wake',
  'start-servers',
  'take-offline',
  'take-offline x',
  'reload',
  'healthy',
  'unhealthy',
  'pre-start-exited',
  'pre-start-exited 1 2',
  'bring-online',
  'release',
  'hold',
  'authorized 10.0.0.1',
  'started',
  'started a b',
  'started $(id)',
  'started `id`',
  'started a;b',
  'started ../a',
  'started *',
  `started ${'a'.repeat(65)}`,
  'started \u00e4',
  'hook-exited 1b4e28ba preOnline',
  'hook-exited 1b4e28ba preOnline 0 more',
  'hook-exited 1b4e28ba pre$IFS$9Online 0',
  "hook-exited 1b4e28ba 'preOnline' 0",
  'offline-stop now',
  'OFFLINE-STOP',
  'xoffline-stop',
  '-n started a',
  '%s',
  '\\nstarted\\ a',
]

t.jobs = 4

t.test('known words pass, whatever stands between them', async (t) => {
  const { lines, write, end } = startForward(t)
  write(`half of a line\n\n  \n${known.join('\n\n')}\n`)
  await until('all of them', () => lines.length === known.length)
  t.strictSame(lines, known)
  write('started with-blanks   \n\t started tab\n')
  await until('both', () => lines.length === known.length + 2)
  end()
})

t.test('nothing else passes', async (t) => {
  const { lines, write } = startForward(t)
  write(`${unknown.join('\n')}\nstarted the-end\n`)
  await until('the end', () => lines.includes('started the-end'))
  t.strictSame(lines, ['started the-end'])
})

t.test('a line counts when it is whole', async (t) => {
  const { lines, write } = startForward(t)
  write('offline-st')
  write('op\nstarted a')
  await until('the first', () => lines.length === 1)
  await sleep(200)
  t.strictSame(lines, ['offline-stop'], 'half a line is nothing yet')
  write('\n')
  await until('the second', () => lines.length === 2)
  t.strictSame(lines, ['offline-stop', 'started a'])
})

t.test('a part of a long line is not a line', async (t) => {
  const { lines, write } = startForward(t)
  // Pieces of every length that a reader might cut at.
  for (const length of [199, 200, 201, 255, 256, 400]) write(`${'x'.repeat(length)}offline-stop\n`)
  write(`${'x'.repeat(187)} offline-stop\n`)
  write(`${'offline-stop '.repeat(50)}\n`)
  write(`${' '.repeat(200)}offline-stop\n`)
  write('started the-end\n')
  await until('the end', () => lines.includes('started the-end'))
  t.strictSame(lines, ['started the-end'])
})

t.test('a line without an end costs neither memory nor time', async (t) => {
  const { pid, lines, write } = startForward(t)
  await until('it to run', () => memoryKb(pid, 'Rss') > 0)
  const ticks = cpuTicks(pid)
  write(Buffer.alloc(1024 * 1024, 'x'))
  await sleep(2000)
  t.ok(memoryKb(pid, 'Rss') < 1000, `${memoryKb(pid, 'Rss')} kB`)
  t.ok(cpuTicks(pid) - ticks < 50, `${cpuTicks(pid) - ticks} ticks in 2 s`)
  t.strictSame(lines, [])
})

t.test('an app that floods its FIFO waits for itself', async (t) => {
  const { pid, lines, write } = startForward(t)
  await until('it to run', () => memoryKb(pid, 'Rss') > 0)
  const begin = performance.now()
  write('started a-boot\n'.repeat(10_000))
  await until('the first', () => lines.length >= 20)
  await sleep(2000)
  const seconds = (performance.now() - begin) / 1000
  // 20 at once in each second, then one each 0.1 s.
  t.ok(lines.length <= 20 + 30 * (seconds + 1), `${lines.length} lines in ${seconds.toFixed(1)} s`)
  t.ok(memoryKb(pid, 'Rss') < 1000)
})
