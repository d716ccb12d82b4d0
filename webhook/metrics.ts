import { Counter, Histogram, Registry } from '@prometheus-io/client'
import { addExpiryGauge, type Expiries } from '../serving/certificates/expiry-gauge.ts'
import type { Outcome } from './outcome.ts'

/** An answer takes well under a millisecond; the API server waits 5 s. */
const bucketsSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1, 10]

/** The webhook's own metrics. The reason codes are a closed set, so the labels are bounded. */
export function createMetrics(expiries: Expiries = () => ({})) {
  const registry = new Registry()
  const reviews = new Counter({
    name: 'greenroom_webhook_reviews_total',
    help: 'Reviews of pods by decision and reason.',
    labelNames: ['decision', 'reason'],
    registers: [registry],
  })
  const problems = new Counter({
    name: 'greenroom_webhook_problems_total',
    help: 'Problems of reviewed pods by code, also of those that were admitted.',
    labelNames: ['code'],
    registers: [registry],
  })
  const duration = new Histogram({
    name: 'greenroom_webhook_review_duration_seconds',
    help: 'Time from the whole body of a review to its answer.',
    buckets: bucketsSeconds,
    registers: [registry],
  })
  addExpiryGauge(registry, 'greenroom_webhook_certificate_expiry_timestamp_seconds', expiries)
  const turnedAway = new Counter({
    name: 'greenroom_webhook_turned_away_total',
    help: 'Requests that were answered with 503, because too many waited or they had waited for too long.',
    registers: [registry],
  })
  const known = new Counter({
    name: 'greenroom_webhook_known_templates_total',
    help: 'Reviews of pods whose template was known, so that their answer was there already.',
    registers: [registry],
  })
  const count = ({ decision, reason, problems: codes = [] }: Outcome, durationMs: number, isKnown: boolean): void => {
    reviews.inc({ decision, reason })
    for (const code of codes) problems.inc({ code })
    duration.observe(durationMs / 1000)
    if (isKnown) known.inc()
  }
  return { registry, count, countTurnedAway: () => turnedAway.inc() }
}
