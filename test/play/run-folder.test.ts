import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { taggedPids } from './process.ts'

const modules = import.meta.dirname

/** A play in small: a folder, and a process that has left its session. */
const child = `
import { exitOnSignals, createRunFolder } from '${modules}/run-folder.ts'
import { startProcess, tagName } from '${modules}/process.ts'
exitOnSignals()
const { folder, tag } = createRunFolder()
const env = { PATH: process.env.PATH, [tagName]: tag }
startProcess({ argv: ['/bin/sh', '-c', 'setsid sleep 60 & echo up; wait'], cwd: folder, env }, () => {
  console.log(folder, tag)
  if (process.argv[1] === 'throw') throw new Error('on purpose')
})
`

const endings: readonly [name: string, argument: string, signal: NodeJS.Signals | undefined, code: number][] = [
  ['Ctrl-C', '', 'SIGINT', 130],
  ['SIGTERM', '', 'SIGTERM', 143],
  ['a closed terminal', '', 'SIGHUP', 129],
  ['an error that nobody caught', 'throw', undefined, 1],
]

for (const [name, argument, signal, code] of endings)
  await t.test(`after ${name} no process and no folder is left`, async (t) => {
    const { play, exited, folder, tag } = await start(argument)
    if (signal) play.kill(signal)

    t.strictSame(await exited, [code, null])
    t.notOk(existsSync(folder), folder)
    t.strictSame(taggedPids(tag), [])
  })

await t.test('after SIGKILL it is the watcher that clears up', async (t) => {
  const { play, exited, folder, tag } = await start('')
  play.kill('SIGKILL')
  await exited
  while (existsSync(folder) || taggedPids(tag).length > 0) await delay(20)
  t.pass('no process and no folder is left')
})

async function start(argument: string) {
  const stdio = ['ignore', 'pipe', 'ignore'] as const
  const play = spawn(process.execPath, ['--input-type=module', '-e', child, argument], { stdio: [...stdio] })
  const exited = once(play, 'exit')
  const [line] = play.stdout ? await once(createInterface({ input: play.stdout }), 'line') : []
  const [folder = '', tag = ''] = String(line).split(' ')
  return { play, exited, folder, tag }
}
