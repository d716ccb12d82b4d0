import type { PodSettings } from '../policy/settings.ts'
import { dueAnnouncements } from './announcement.ts'
import { type Effect, nextEffect } from './effect.ts'
import type { State } from './state.ts'

/**
 * All that is to be done in a state, at the same time: a registry that is slow keeps nothing waiting but the drain. That
 * begins when everybody who sends requests has been told, or could not be.
 */
export function nextEffects(state: State, settings: Pick<PodSettings, 'hold' | 'announcing'>): readonly Effect[] {
  const effect = nextEffect(state, settings)
  const announcements = dueAnnouncements(state, settings)
  return effect.type === 'drain' && announcements.length > 0 ? announcements : [effect, ...announcements]
}
