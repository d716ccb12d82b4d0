import { setTimeout as sleep } from 'node:timers/promises'

/** The registration may be applied after the Deployment, or be written by another replica in the same moment. */
const retryMs = 1_000

/**
 * Whoever applies the registration anew may take the bundle out of it, and every pod that asks is then refused. Looked
 * at instead of watched: a watch needs one more permission and tells of nothing where it has silently ended.
 */
const lookMs = 30_000

export interface Publication {
  /** Resolves to whether there was anything to write. */
  readonly publish: () => Promise<boolean>
  /** Told each time that it had to be written again. */
  readonly onMended: () => void
  /** Told of every failure before the first success, and of the first of a row after that. */
  readonly onError: (error: unknown) => void
}

/** Publishes until it is done, and from then on again and again; resolves to its undo. */
export async function keepPublished({ publish, onMended, onError }: Publication): Promise<() => void> {
  await untilDone(publish, onError)
  let isFailing = false
  let timer = setTimeout(look, lookMs)
  async function look() {
    timer = setTimeout(look, lookMs)
    try {
      if (await publish()) onMended()
      isFailing = false
    } catch (error) {
      if (!isFailing) onError(error)
      isFailing = true
    }
  }
  return () => clearTimeout(timer)
}

async function untilDone(publish: () => Promise<boolean>, onError: (error: unknown) => void): Promise<void> {
  for (;;) {
    try {
      await publish()
      return
    } catch (error) {
      onError(error)
      await sleep(retryMs)
    }
  }
}
