import { readFileSync } from 'node:fs'
import jsonPatch, { type Operation } from 'fast-json-patch'
import { parse } from 'yaml'
import { admit, parseRawPod, type RawPod } from './admission.ts'
import { prepare } from './backstage.ts'
import { createCertificate } from './certificate.ts'
import { playLife } from './life.ts'
import { lineDiff } from './line-diff.ts'
import type { Narrator } from './narrator.ts'
import type { Playbill } from './playbill.ts'
import { type Pod, parsePod } from './pod.ts'
import { podYaml } from './pod-yaml.ts'
import type { RunFolder } from './run-folder.ts'
import type { Timed } from './timeline.ts'
import { type Check, exitCodeOf, verdict } from './verdict.ts'

/** Of the pod, and of the servers beside it: one machine plays them all. */
const ip = '127.0.0.1'

export interface Performance {
  readonly playbill: Playbill
  readonly run: RunFolder
  readonly narrator: Narrator
  /** What tests change: the pod before it is admitted, and the webhook's answer. */
  readonly changePod?: (pod: RawPod) => RawPod
  readonly changeAnswer?: (operations: readonly Operation[]) => readonly Operation[]
}

export interface Outcome {
  readonly timeline: readonly Timed[]
  readonly checks: readonly Check[]
}

/** Plays the whole life of one pod: admission, start, traffic, delete. Returns what was seen, and how it was judged. */
export async function perform(performance: Performance): Promise<Outcome> {
  const { run, narrator } = performance
  narrator.title(performance.playbill.title)

  narrator.chapter('Backstage')
  const certificate = await createCertificate(ip, new Date())
  const say = (who: string, text: string) => narrator.said(who, text)
  const playbill = await prepare(performance.playbill, { run, certificate, say })

  narrator.chapter(`What the webhook makes of ${playbill.pod}`)
  const admitted = await askWebhook(certificate.ca, playbill, performance)

  const timeline = await playLife(admitted, ip, playbill, { run, narrator })

  narrator.chapter('What an outside observer saw')
  const checks = verdict(timeline, { ...playbill, podIp: ip })
  narrator.checks(checks)
  if (exitCodeOf(checks) === 0) narrator.curtain(playbill.curtain)
  return { timeline, checks }
}

async function askWebhook(ca: string, playbill: Playbill, performance: Performance): Promise<Pod> {
  const { narrator, changePod = (pod) => pod, changeAnswer = (operations) => operations } = performance
  const before = changePod(parseRawPod(parse(readFileSync(playbill.pod, 'utf8'))))
  const { operations, warnings, tookMs } = await admit(new URL(playbill.webhook), ca, before)
  const after = jsonPatch.applyPatch(before, changeAnswer(operations), true, false).newDocument
  narrator.said('webhook', `admitted in ${tookMs.toFixed(0)} ms, with a JSON Patch of ${operations.length} operations`)
  for (const warning of warnings) narrator.said('warning', warning)
  narrator.diff(lineDiff(podYaml(before), podYaml(after)))
  return parsePod(after)
}
