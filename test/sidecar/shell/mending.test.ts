import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { resting } from './deciders.ts'
import { freePort } from './free-port.ts'
import { parentOf } from './proc.ts'
import { journaled, type Sidecar, sayAsApp, sayAsHook, startSidecar } from './sidecar.ts'
import { createStage, type Stage } from './stage.ts'
import { until } from './until.ts'

interface Child {
  /** In its command line. */
  readonly command: string
  readonly works: (stage: Stage, sidecar: Sidecar) => Promise<unknown>
}

const children: Record<string, Child> = {
  forwarder: {
    command: '/forward',
    works: (stage) => {
      sayAsApp(stage, '\nstarted boot-7\n')
      return journaled(stage, 'started boot-7')
    },
  },
  printer: {
    command: '/print',
    works: (stage, sidecar) => {
      sayAsHook(stage, '[preOnline] hello')
      return until('the line in the log', () => sidecar.lines.includes('[preOnline] hello'))
    },
  },
  server: {
    command: 'busybox tcpsvd',
    works: (_, sidecar) => until('an answer', () => sidecar.ask({ path: '/status' }).catch(() => undefined)),
  },
}

t.test('a child that dies comes back, although nothing else happens', async (t) => {
  t.jobs = 3
  for (const [name, { command, works }] of Object.entries(children)) {
    t.test(name, async (t) => {
      const stage = createStage(t)
      const sidecar = await startSidecar(stage, { decide: resting(stage) })
      const find = () => stage.living('sidecar').find((process) => process.command.includes(command))?.pid
      const first = await until(name, find)
      // Twice, for the first time may have been luck.
      for (let [pid, times] = [first, 0]; times < 2; times++) {
        process.kill(pid, 'SIGKILL')
        pid = await until(`another ${name}`, () => {
          const found = find()
          return found !== pid && found
        })
      }
      await works(stage, sidecar)
      t.equal(stage.living('sidecar').filter((process) => process.command.includes(command)).length, 1)
    })
  }
})

t.test(
  'a child that is to be mended comes back although what is to wake the resident was killed as well',
  async (t) => {
    const stage = createStage(t)
    const sidecar = await startSidecar(stage, { decide: resting(stage) })
    const of = (word: string) => stage.living('sidecar').filter(({ command }) => command.includes(word))
    for (const { pid } of of('busybox tcpsvd')) process.kill(pid, 'SIGKILL')
    const [sleeper] = await until('the sleeper', () => of('busybox sleep 1').length > 0 && of('busybox sleep 1'))
    const shell = sleeper && parentOf(sleeper.pid)
    for (const pid of [shell, sleeper?.pid]) if (pid) process.kill(pid, 'SIGKILL')
    await until('an answer', () => sidecar.ask({ path: '/status' }).catch(() => undefined))
  },
)

t.test('a port that is taken is tried again until it is free', async (t) => {
  const stage = createStage(t)
  const port = await freePort()
  const other = createServer((socket) => socket.destroy()).listen(port)
  await once(other, 'listening')
  t.teardown(() => other.close())
  const sidecar = await startSidecar(stage, { decide: resting(stage), port })
  await until('a try', () => sidecar.lines.some((line) => /address.* in use/i.test(line)))
  await new Promise((resolve) => other.close(resolve))
  const { status } = await until('an answer', () => sidecar.ask({ path: '/status' }).catch(() => undefined))
  t.equal(status, 200)
})

t.test('a decider that is killed with the shell that waits for it is missed', async (t) => {
  const stage = createStage(t)
  const sidecar = await startSidecar(stage, { decide: [stage.busybox, 'sleep', '600'] })
  const find = () => stage.living('sidecar').find(({ command }) => command === `${stage.busybox} sleep 600`)?.pid
  const decider = await until('decider', find)
  const waiting = parentOf(decider)
  t.equal(parentOf(waiting), sidecar.pid)
  for (const pid of [waiting, decider]) process.kill(pid, 'SIGKILL')
  await until('another', () => {
    const found = find()
    return found !== decider && found
  })
})
