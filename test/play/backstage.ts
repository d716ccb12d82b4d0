import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ask } from './ask.ts'
import type { ServerCertificate } from './certificate.ts'
import { requireFreePort } from './free-port.ts'
import { fillIn, type Playbill } from './playbill.ts'
import { type Command, type Process, startProcess, tagName } from './process.ts'
import type { RunFolder } from './run-folder.ts'

/** A server that is not up after this long has failed. */
const upLimitMs = 30_000
const upEveryMs = 25

/** How much of a failed command's output is shown. */
const lastWords = 10

export interface Backstage {
  readonly run: RunFolder
  readonly certificate: ServerCertificate
  readonly say: (who: string, text: string) => void
}

/** Makes what is to be made and starts the servers; returns the playbill with nothing left to fill in. */
export async function prepare(playbill: Playbill, backstage: Backstage): Promise<Playbill> {
  const { run, certificate, say } = backstage
  const files = { certificate: join(run.folder, 'tls.crt'), key: join(run.folder, 'tls.key') }
  writeFileSync(files.certificate, certificate.certificate)
  writeFileSync(files.key, certificate.key, { mode: 0o600 })

  const values: Record<string, string> = { work: run.folder, node: process.execPath, ...files }
  for (const { name, command } of playbill.build) {
    const began = performance.now()
    values[name] = await build(name, fillIn(command, values), backstage)
    say(name, `made in ${((performance.now() - began) / 1000).toFixed(1)} s`)
  }
  const complete = fillIn(playbill, values)
  for (const server of complete.servers) {
    await serve(server, backstage)
    say(server.name, `listening at ${new URL(server.up).origin}`)
  }
  return complete
}

/** Returns the last line on standard output. What the command says on standard error is passed on. */
async function build(name: string, argv: readonly string[], { run, say }: Backstage): Promise<string> {
  let made = ''
  const said: string[] = []
  const process = startProcess(commandOf(argv, `${run.tag}:${name}`), (line, from) => {
    said.push(line)
    if (from === 'stdout') made = line
    else say(name, line)
  })
  const code = await process.exited
  await process.drained
  if (code === 0) return made
  throw new Error([`${argv.join(' ')} failed with ${code}.`, ...said.slice(-lastWords)].join('\n'))
}

async function serve({ name, command, up }: Playbill['servers'][number], backstage: Backstage): Promise<void> {
  const { run, certificate } = backstage
  const url = new URL(up)
  await requireFreePort(Number(url.port), name)
  const said: string[] = []
  const process = startProcess(commandOf(command, `${run.tag}:${name}`), (line) => said.push(line))
  const deadline = performance.now() + upLimitMs
  while ((await ask(url, certificate.ca)).status !== 200) {
    const ended = await endsSoon(process)
    if (!ended && performance.now() < deadline) continue
    const found = ended ? 'ended before it was up' : `did not answer 200 at ${up} within ${upLimitMs / 1000} s`
    throw new Error([`${name} ${found}: ${command.join(' ')}`, ...said.slice(-lastWords)].join('\n'))
  }
}

function endsSoon({ exited }: Process): Promise<boolean> {
  return Promise.race([exited.then(() => true), delay(upEveryMs, false)])
}

/** Commands run with this play's own node, whatever other one the PATH has. */
function commandOf(argv: readonly string[], tag: string): Command {
  const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']))
  return {
    argv,
    cwd: process.cwd(),
    env: { ...env, PATH: `${dirname(process.execPath)}:${env.PATH}`, [tagName]: tag },
  }
}
