import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { checkText } from '../../../policy/check.ts'
import { tlsCommand } from '../../../policy/commands.ts'
import type { RawProbe } from '../../../policy/schema/pod.ts'
import { holdLock } from './app.ts'
import type { Answer } from './ask.ts'
import { resting } from './deciders.ts'
import { journaled, type Sidecar, startSidecar, tellResident, token } from './sidecar.ts'
import { createStage, type Stage } from './stage.ts'

export interface CheckStage {
  readonly stage: Stage
  readonly sidecar: Sidecar
  /** The kubelet's readiness probe of the app. */
  check(): Promise<Answer>
}

interface CheckStageOptions {
  readonly probe: RawProbe
  readonly podIp?: string
}

/** The settings that the webhook would write, with this machine's Node. */
export function checkEnv(stage: Stage, probe: RawProbe): Record<string, string> {
  const text = checkText({ name: 'app', readinessProbe: probe })
  return { GREENROOM_CHECK: text.replace(tlsCommand.join(' '), `${process.execPath} ${tlsConnect(stage)}`) }
}

/** An app that runs, not yet online; nobody decides but the test. */
export async function createCheckStage(
  t: { teardown(undo: () => void): void },
  { probe, podIp = '127.0.0.1' }: CheckStageOptions,
): Promise<CheckStage> {
  const stage = createStage(t)
  const env = { ...checkEnv(stage, probe), GREENROOM_POD_IP: podIp }
  const sidecar = await startSidecar(stage, { decide: resting(stage), env })
  await holdLock(stage)
  tellResident(stage, 'started boot-1')
  await journaled(stage, 'started boot-1')
  return { stage, sidecar, check: () => checkAt(sidecar) }
}

export const checkAt = (sidecar: Sidecar): Promise<Answer> =>
  sidecar.ask({ path: '/check', headers: { 'Greenroom-Probe': token, 'User-Agent': 'kube-probe/1.33' } })

/** sidecar/tls-connect.ts, bundled as in the image. */
export function tlsConnect(stage: Stage): string {
  const outfile = join(stage.app, '..', 'tls-connect.cjs')
  const entry = join(import.meta.dirname, '../../../sidecar/tls-connect.ts')
  buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', target: 'node24', format: 'cjs' })
  return outfile
}
