import { setTimeout as sleep } from 'node:timers/promises'
import { exchange } from '../authorization/exchange.ts'
import type { AnnouncerValues } from '../policy/announcer-placeholders.ts'
import { announcingPauseMs, announcingTries } from '../policy/announcing-limit.ts'
import { fillTemplate } from '../policy/request-template.ts'
import type { Announcer, RequestTemplate } from '../policy/settings.ts'
import type { Announcement } from './state.ts'

interface Telling {
  readonly announcer: Announcer
  readonly what: Announcement
  readonly values: AnnouncerValues
  /** Gives up at once. */
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

/** `detail` is for people: a status, or why there is none. */
export interface Outcome {
  readonly ok: boolean
  readonly detail: string
}

/**
 * Tells one announcer, with one retry; never takes longer than both calls and the pause between them. Only 200 to 299 is a
 * yes. What it answers is not shown, nor is what the call has in its query, headers and body. Throws only an AbortError.
 */
export async function tellAnnouncer({ announcer, what, values, signal, log }: Telling): Promise<Outcome> {
  const request = announcer[what]
  for (let tries = 1; ; tries++) {
    const outcome = await call(request, { values, timeoutMs: announcer.timeoutMs, signal })
    signal.throwIfAborted()
    if (outcome.ok || tries === announcingTries) return outcome
    log(`announcer ${announcer.name}: ${what}: ${outcome.detail}, asking once more`)
    await sleep(announcingPauseMs, undefined, { signal })
  }
}

interface Limits {
  readonly values: AnnouncerValues
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

async function call(request: RequestTemplate, { values, timeoutMs, signal }: Limits): Promise<Outcome> {
  const filled = fillTemplate(request, values)
  if (!filled) return { ok: false, detail: 'its URL has no host' }
  const answer = await exchange({ ...filled, timeoutMs, signal })
  const where = `${filled.method} ${filled.url.origin}${filled.url.pathname}`
  if (answer.kind === 'silence') return { ok: false, detail: `${where}: ${answer.detail}` }
  return { ok: answer.status >= 200 && answer.status < 300, detail: `${where}: HTTP ${answer.status}` }
}
