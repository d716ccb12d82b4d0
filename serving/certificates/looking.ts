import { setTimeout as sleep } from 'node:timers/promises'
import { isOvertaken } from '../api-error.ts'
import type { Paces } from './paces.ts'

export interface Looking {
  readonly look: () => Promise<void>
  /** How long until the first one, where that is not `pauseMs`. */
  readonly firstMs?: number
  /** How long until the next one. */
  readonly pauseMs: () => number
  readonly paces: Pick<Paces, 'lookMs' | 'retryMs'>
  /** Told of every failure before the first success, and of the first of a row after that. */
  readonly onError: (error: unknown) => void
}

/** Looks until it has worked. The registration may be applied after the Deployment. */
export async function lookOnce({ look, paces, onError }: Looking): Promise<void> {
  for (;;) {
    try {
      return await look()
    } catch (error) {
      onError(error)
      await sleep(paces.retryMs)
    }
  }
}

/** Looks again and again; returns its undo. */
export function keepLooking({ look, pauseMs, firstMs = pauseMs(), paces, onError }: Looking): () => void {
  let isFailing = false
  let isStopped = false
  let timer = setTimeout(round, firstMs)
  async function round(): Promise<void> {
    const nextMs = await tryToLook()
    if (!isStopped) timer = setTimeout(round, nextMs)
  }
  async function tryToLook(): Promise<number> {
    try {
      await look()
      isFailing = false
      return pauseMs()
    } catch (error) {
      // Another replica wrote in the same moment: nothing is wrong.
      if (isOvertaken(error)) return paces.retryMs
      if (!isFailing) onError(error)
      isFailing = true
      return paces.lookMs
    }
  }
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
