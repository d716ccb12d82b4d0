import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { resolveAnnouncing } from '../../../policy/announcing.ts'
import { parsePolicy } from '../../../policy/schema/parse-policy.ts'
import { createAnnouncingPod } from '../../sidecar/shell/announcing-pod.ts'
import { startAgent } from '../../sidecar/shell/app.ts'
import { hasMarker, journal, journaled, tellResident } from '../../sidecar/shell/sidecar.ts'
import type { Stage } from '../../sidecar/shell/stage.ts'
import { until } from '../../sidecar/shell/until.ts'

/** A JVM on two busy cores. */
const startLimitMs = 120_000

/** Folder of what ../build has made. */
const built = () => execFileSync(join(import.meta.dirname, '../build'), { encoding: 'utf8' }).trim()

/** Starts a registry as a process of its own, which ends with the test, and waits until `url` is answered with 200. */
export async function startRegistry(t: Test, argv: (built: string, folder: string) => readonly string[], url: string) {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-registry-'))
  const [program = '', ...args] = argv(built(), folder)
  const registry = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const output: string[] = []
  for (const stream of [registry.stdout, registry.stderr]) stream.on('data', (data) => output.push(String(data)))
  const exited = new Promise((resolve) => registry.once('exit', resolve).once('error', resolve))
  t.teardown(async () => {
    registry.kill('SIGKILL')
    await exited
    rmSync(folder, { recursive: true, force: true })
  })
  const isUp = async () => (await fetch(url).catch(() => null))?.ok
  await until(`${url}`, isUp, startLimitMs).catch((cause) => {
    throw new Error(output.join('').slice(-4000), { cause })
  })
}

/** A pod whose real sidecar tells one announcer, as a policy writes it, and that is online when this returns. */
export async function startPod(t: Test, announcer: string) {
  const kind = 'apiVersion: greenroom.dev/v1alpha1\nkind: InjectionPolicy\nmetadata: { name: test }\n'
  const policy = parsePolicy(`${kind}spec: { announcers: [{ name: real, ${announcer} }], announce: [real] }\n`, 'test')
  const announcing = resolveAnnouncing({ metadata: {}, spec: {} }, policy, 8080)
  if (!announcing) throw new Error('expected an announcer')
  const { stage, startSidecar } = await createAnnouncingPod(t, announcing)
  await startSidecar()
  await startAgent(stage)
  await journaled(stage, /^announced online real /)
  return {
    stage,
    hasMarker: () => hasMarker(stage),
    /** Waits until the sidecar has told this, in order, and nothing else. */
    untilTold: (...wanted: string[]) => until(`${wanted}`, () => told(stage).join() === wanted.join()),
    say: (word: 'take-offline' | 'bring-online') => tellResident(stage, `${word} test`),
  }
}

/** What was told and how it went: `offline ok HTTP 200`. */
const told = (stage: Stage) =>
  journal(stage).flatMap((line) => {
    const [, what, how, detail] = /^announced (\w+) real (\w+) .*: (.*)$/.exec(line) ?? []
    return what ? `${what} ${how} ${detail}` : []
  })

/** Fetches text, and fails where the answer is no success. */
export async function fetchOk(url: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(url, init)
  const text = await response.text()
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`)
  return text
}
