import type { PodSettings } from './settings.ts'

/** How often an announcer is called for one thing: once, and once again if that fails. */
export const announcingTries = 2

/** Between the two, for a registry that is being restarted. */
export const announcingPauseMs = 500

/** How long it may take until all announcers are told, who are called at the same time. */
export function announcingLimitMs({ announcing }: Pick<PodSettings, 'announcing'>): number {
  if (!announcing) return 0
  const longestMs = Math.max(...announcing.announcers.map(({ timeoutMs }) => timeoutMs))
  return longestMs * announcingTries + announcingPauseMs
}
