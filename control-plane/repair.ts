import type { KubeConfig } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import { reasons } from '../policy/reasons.ts'
import { brief } from '../serving/api-error.ts'
import { followPolicies } from '../serving/policies/cluster.ts'
import { createStatusPatch } from '../serving/policies/status-patch.ts'
import { createEvictionCaller, type EvictionAnswer } from './eviction.ts'
import { createEvictor } from './evictor.ts'
import { createEventWriter } from './pod-event.ts'
import type { PodFacts } from './pod-facts.ts'
import { createStatusPace, policyStatus, saysSo } from './policy-status.ts'
import { createReporter } from './reporter.ts'
import { readSelections, type Selection } from './selection.ts'
import { readStops, type Stop } from './stops.ts'
import { isForEviction, type Missed, type Survey, surveyPods } from './survey.ts'
import { createRegistrationReader, isSent, webhookReadyMs } from './webhook-state.ts'

export interface RepairParts {
  readonly config: KubeConfig
  /** Greenroom's own namespace. */
  readonly namespace: string
  readonly logger: Logger
  readonly isLeading: () => boolean
  readonly countEviction: (answer: EvictionAnswer) => void
}

export interface Repair {
  /** With the policies. */
  readonly isSynced: () => boolean
  /** As of the last survey. */
  readonly missed: () => readonly Missed[]
  /** A pod has changed. */
  readonly noteChange: () => void
  readonly round: (pods: () => Iterable<PodFacts>) => Promise<void>
  readonly stop: () => void
}

/** Looks through all pods whenever something has changed, and does what follows from it: events, evictions, the policies' statuses. */
export function startRepair({ config, namespace, logger, isLeading, countEviction }: RepairParts): Repair {
  const warn = (what: string) => (error: unknown) => logger.warn({ err: brief(error) }, what)
  let isChanged = true
  let survey: Survey = { missed: [], tallies: new Map() }
  let selections: ReadonlyMap<string, Selection> = new Map()
  let stops: ReadonlyMap<string, Stop> = new Map()
  const noteChange = () => {
    isChanged = true
  }
  const policies = followPolicies(config, {
    logger,
    onNews: noteChange,
    onNamespace: noteChange,
    // The files that a policy names are the webhook's.
    complete: async (policy) => policy,
  })
  let arePoliciesSynced = false
  void policies.synced.then(() => {
    arePoliciesSynced = true
  })

  const writeEvent = createEventWriter(config)
  const report = createReporter({
    writeEvent,
    isLeading,
    onReport: ({ pod, policyName }) =>
      logger.warn({ ...namesOf(pod), policy: policyName, reason: 'InjectionMissed' }, 'created without Greenroom'),
    onError: (error, { pod }) => logger.warn({ err: brief(error), ...namesOf(pod) }, 'an event was not written'),
  })
  const readRegistered = createRegistrationReader(config)
  const evictor = createEvictor({
    evict: createEvictionCaller(config, warn('an eviction failed')),
    isLeading,
    nowMs: Date.now,
    onAnswer(pod, answer) {
      countEviction(answer)
      logger.info({ ...namesOf(pod), answer }, 'asked for an eviction')
      if (answer !== 'evicted') return
      const message = reasons.EvictedForInjection.sentence
      writeEvent(pod, { type: 'Normal', reason: 'EvictedForInjection', message }).catch(
        warn('an event was not written'),
      )
    },
  })
  const patchStatus = createStatusPatch(config)
  const pace = createStatusPace(() => performance.now())

  function look(pods: Iterable<PodFacts>): void {
    isChanged = false
    selections = readSelections(policies.all(), policies.stored, { before: selections, nowMs: Date.now() })
    survey = surveyPods({
      pods,
      policies: policies.all(),
      selections,
      namespaceOf: policies.namespace,
      ownNamespace: namespace,
    })
  }

  async function repair(pods: () => Iterable<PodFacts>): Promise<void> {
    const wanted = survey.missed.filter(isForEviction)
    const isStopped = ({ policyName = '' }: Missed) => stops.has(policyName)
    heedStops([])
    // Nobody asks every two seconds for what is of no use.
    const registered = wanted.every(isStopped) ? undefined : await readRegistered()
    const sent = wanted.filter((each) => registered && isSent(each, registered))
    const candidates = sent.map(({ pod }) => pod)
    const webhookMs = webhookReadyMs(pods(), namespace)
    const futile = evictor.futile({ candidates, webhookMs })
    heedStops(sent.filter(({ pod }) => futile.includes(pod)))
    const stopped = new Set(sent.filter(isStopped).map(({ pod }) => pod.uid))
    await evictor.run({ candidates, webhookMs, stopped, pods })
  }

  function heedStops(futile: readonly Missed[]): void {
    const before = stops
    const statusOf = (name: string) => policies.stored(name)?.status
    stops = readStops(policies.all(), { tallies: survey.tallies, statusOf, before, futile })
    for (const [policy, { reason, namespace, pod, message }] of stops)
      if (!before.has(policy)) logger.warn({ policy, namespace, pod, reason }, message)
    for (const policy of before.keys()) if (!stops.has(policy)) logger.info({ policy }, 'evictions go on')
  }

  async function tell(): Promise<void> {
    pace.forget((name) => survey.tallies.has(name))
    for (const [name, tally] of survey.tallies) {
      const selection = selections.get(name)
      const stored = policies.stored(name)
      if (!selection || !stored || !isLeading()) continue
      const status = policyStatus(tally, selection, stops.get(name))
      if (saysSo(stored.status, status) || !pace.isDue(name, status)) continue
      pace.note(name, status)
      // Not guarded by a version: nobody else writes these fields.
      await patchStatus(name, { status }).catch((error) =>
        logger.warn({ err: brief(error), policy: name }, 'its status was not written'),
      )
    }
  }

  return {
    isSynced: () => arePoliciesSynced,
    missed: () => survey.missed,
    noteChange,
    async round(pods) {
      if (isChanged) look(pods())
      await report(survey.missed)
      await repair(pods).catch(warn('nothing is evicted now'))
      await tell()
    },
    stop: policies.stop,
  }
}

const namesOf = ({ namespace, name, uid }: Missed['pod']) => ({ namespace, pod: name, uid })
