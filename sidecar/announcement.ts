import type { PodSettings } from '../policy/settings.ts'
import { type Effect, isWithheld } from './effect.ts'
import type { Announcement, State } from './state.ts'

type Settings = Pick<PodSettings, 'hold' | 'announcing'>

/**
 * What announcers are to be told now: the difference between what they were told last and what is.
 *
 * | told last | the pod is online | off | on its way back |
 * |---|---|---|---|
 * | nothing | online | | |
 * | online, or the call was cut short | again if it was | offline | |
 * | offline | online | again if it was cut short | |
 *
 * A call that has failed, with its one retry, counts as told: the next change is the next try.
 */
export function dueAnnouncements(state: State, settings: Settings): readonly Effect[] {
  const what = wantedAnnouncement(state, settings)
  const announcers = what ? (settings.announcing?.announcers ?? []) : []
  return announcers.flatMap(({ name }) => (what && isDue(state, what, name) ? { type: 'announce', what, name } : []))
}

function isDue({ told }: State, what: Announcement, name: string): boolean {
  const last = told[name]
  if (!last) return what === 'online'
  return last.what !== what || last.how === 'telling'
}

/** null: the marker is away for a moment, until the agent has answered a new sidecar. Nobody needs to hear of it. */
function wantedAnnouncement(state: State, { hold }: Settings): Announcement | null {
  const { life, deleting, ending } = state
  if (life.phase !== 'online' || deleting || ending) return 'offline'
  if (life.marker) return 'online'
  return isWithheld(state, hold) ? 'offline' : null
}

/** Announcers that did not take what they were told last. */
export const untoldAnnouncers = ({ told }: State): readonly string[] =>
  Object.keys(told).filter((name) => told[name]?.how === 'failed')
