import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startAgent } from './app.ts'
import { script } from './deciders.ts'
import { commandLine, cpuTicks, descriptors, memoryKb, parentOf, pids, processState } from './proc.ts'
import { journal, journaled, sayToAgent, startSidecar, tellResident } from './sidecar.ts'
import { createStage, type Stage } from './stage.ts'
import { until } from './until.ts'

/** A pod that is online and has run a hook, and in which nothing happens any longer. */
async function restingStage(t: Test): Promise<Stage> {
  const stage = createStage(t)
  await startSidecar(stage, { decide: script(stage, 'say "rest $(count)"') })
  t.equal(await startAgent(stage), 0)
  await journaled(stage, /^started /)
  const [, boot] =
    journal(stage)
      .find((line) => line.startsWith('started '))
      ?.split(' ') ?? []
  sayToAgent(stage, `run ${boot} preOnline 5 required start /bin/true`)
  const line = await journaled(stage, `hook-exited ${boot} preOnline 0`)
  tellResident(stage, `go-online ${line}`)
  await journaled(stage, 'online')
  await until('rest', () => names(stage).length === 7)
  return stage
}

/** What a process is: one of our files, or an applet. */
function nameOf(command: string): string {
  const [, applet = '', file = ''] = command.split(' ')
  return applet === 'sh' ? basename(file) : applet
}

const names = (stage: Stage) =>
  stage
    .living()
    .map(({ command }) => nameOf(command))
    .sort()

t.test('at rest nobody is there who need not be', async (t) => {
  const stage = await restingStage(t)
  t.strictSame(names(stage), ['agent', 'flock', 'forward', 'keeper', 'print', 'resident', 'tcpsvd'])
})

t.test('nobody keeps open what is not his', async (t) => {
  const stage = await restingStage(t)
  const open = Object.fromEntries(stage.living().map(({ pid, command }) => [nameOf(command), files(stage, pid)]))
  t.strictSame(open, {
    // One that had the edge would keep the waiting probe from hearing of a flip.
    resident: ['app-events', 'attended', 'commands', 'edge', 'events', 'output'],
    forward: ['app-events', 'events'],
    print: ['output'],
    tcpsvd: [],
    flock: ['alive', 'events'],
    // One more that had the lock would outlive the app container in the sidecar's eyes.
    keeper: ['alive'],
    agent: ['alive', 'app-events', 'commands', 'output'],
  })
})

t.test('no zombies, no processor time, little memory', async (t) => {
  const stage = await restingStage(t)
  const ours = stage.living().map(({ pid }) => pid)
  const ticks = () => ours.reduce((sum, pid) => sum + cpuTicks(pid), 0)
  const before = ticks()
  await sleep(3000)
  t.ok(ticks() - before <= 1, 'no ticks in 3 s')
  const zombies = pids().filter((pid) => processState(pid) === 'Z' && ours.includes(parentOf(pid)))
  t.strictSame(
    zombies.map((pid) => commandLine(parentOf(pid))),
    [],
  )

  for (const container of ['sidecar', 'app'] as const) {
    const kb = stage.living(container).reduce((sum, { pid }) => sum + memoryKb(pid, 'Pss'), 0)
    t.comment(`${container}: ${kb} kB PSS in ${stage.living(container).length} processes`)
    t.ok(kb < 2000)
  }
})

/** Files of the volume that a process has open, but for the shell file that it runs. */
function files(stage: Stage, pid: number): string[] {
  const found = [...descriptors(pid).values()].filter((target) => target.startsWith(stage.run))
  return [...new Set(found.map((target) => basename(target)))]
    .filter((name) => name !== nameOf(commandLine(pid)))
    .sort()
}
