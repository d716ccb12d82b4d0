import { hookNames } from '../policy/settings.ts'
import type { Event } from './event.ts'
import { type Announcement, initialState, type State } from './state.ts'

/** Line 1 of every journal: the version of its format. */
export const journalHeader = 'greenroom-journal 1'

/**
 * Reads one line, `EPOCH.MICROS WORD ARGUMENTS...`, as the resident writes it. null for a line that says nothing to this
 * version: the header, an unknown word of a newer sidecar, or one that a power cut left half written.
 */
export function parseLine(line: string): Event | null {
  const [time = '', word = '', first = '', ...others] = line.trim().split(/ +/)
  const at = Math.round(Number(time) * 1000)
  if (!Number.isFinite(at)) return null
  const rest = others.join(' ')

  switch (word) {
    case 'authorized':
      return { at, type: word, ip: first }
    case 'sidecar-started':
    case 'online':
    case 'deleting':
    case 'offline-stop':
    case 'decider-exited':
    case 'unhealthy':
    case 'healthy':
    case 'hold':
    case 'release':
    case 'take-offline':
    case 'bring-online':
    case 'reload':
    case 'debug-closed':
      return { at, type: word }
    case 'started':
    case 'exited':
    case 'checkurl-ok':
    case 'agent-lost':
    case 'app-gone':
    case 'released':
      return { at, type: word, boot: first }
    case 'checkurl-gave-up':
    case 'drained':
      return { at, type: word, boot: first, detail: rest }
    case 'hook-requested': {
      const name = hookNames.find((name) => name === rest)
      return name ? { at, type: word, boot: first, name } : null
    }
    case 'hook-exited': {
      const [name, code] = others
      return name && code ? { at, type: word, boot: first, name, code } : null
    }
    case 'debug-opened': {
      const [digits = ''] = others
      // An app may say anything, and its bounds are a date's.
      return /^\d{1,6}$/.test(digits) ? { at, type: word, who: first, seconds: Number(digits) } : null
    }
    case 'pre-start-exited':
      return { at, type: word, code: first }
    case 'terminating':
      return { at, type: word, app: first === 'alive' ? 'alive' : 'gone' }
    case 'announcing':
      return isAnnouncement(first) && others[0] ? { at, type: word, what: first, name: others[0] } : null
    case 'announced':
      return isAnnouncement(first) && others[0]
        ? { at, type: word, what: first, name: others[0], ok: others[1] === 'ok' }
        : null
    case 'revoked':
    case 'revoke-failed':
      return { at, type: word, detail: `${first} ${rest}`.trim() }
    case 'snapshot':
      return parseSnapshot(at, rest)
    default:
      return null
  }
}

/** The line that stands for a state. Its `boot=` is for the resident, which reads no JSON. */
export function formatSnapshot(time: string, state: State): string {
  return `${time} snapshot boot=${state.boot ?? ''} ${JSON.stringify(state)}`
}

const isAnnouncement = (word: string): word is Announcement => word === 'online' || word === 'offline'

function parseSnapshot(at: number, json: string): Event | null {
  try {
    // A sidecar of an earlier release knew fewer fields.
    const state: State = { ...initialState, ...JSON.parse(json) }
    return typeof state.life?.phase === 'string' ? { at, type: 'snapshot', state } : null
  } catch {
    // Half written: the resident swaps whole files only, so this is a damaged disk; what follows is folded without it.
    return null
  }
}
