import { setTimeout as sleep } from 'node:timers/promises'
import { brief, codeOf } from '../serving/api-error.ts'
import { createNodeLabeller } from './node-labeller.ts'
import { createLabelWriter, followUnlabelledNodes } from './nodes.ts'
import { followPods } from './pods.ts'
import { type Repair, type RepairParts, startRepair } from './repair.ts'

export type Rounds = Pick<Repair, 'isSynced' | 'missed' | 'stop'>

/** What changes within is seen at once: a rollout of a thousand pods is few surveys. */
const roundMs = 2_000

/** What the leader does again and again. Every round starts from what is there and not from what the one before has done. */
export function startRounds(parts: RepairParts): Rounds {
  const { config, logger } = parts
  const stopping = new AbortController()
  // Whoever leads again has begun anew, and what was under way before ends.
  const isLeading = () => !stopping.signal.aborted && parts.isLeading()
  const repair = startRepair({ ...parts, isLeading })
  const pods = followPods(config, {
    onChange: repair.noteChange,
    onSynced: () => logger.info('in step with the pods'),
    onError: (error) => logger.warn({ err: brief(error) }, 'the pods are not in step'),
  })
  const labeller = createNodeLabeller({
    follow: () =>
      followUnlabelledNodes(config, {
        onChange: () => {},
        onSynced: () => logger.info('in step with the nodes'),
        onError: (error) => logger.warn(problemOf(error), 'the nodes are not in step'),
      }),
    writeLabel: createLabelWriter(config),
    isLeading,
    nowMs: () => performance.now(),
    onLabelled: (node) => logger.info({ node }, 'labelled as one that has lxcfs'),
    onError: (error, node) => logger.warn({ ...problemOf(error), node }, 'a node was not labelled'),
  })
  const isSynced = () => repair.isSynced() && pods.isSynced()

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (isSynced() && isLeading()) {
        await repair.round(pods.all)
        await labeller.round(pods.all())
      }
      await sleep(roundMs, undefined, { signal: stopping.signal }).catch(() => {}) // Stopped.
    }
  }
  void run()

  return {
    isSynced,
    missed: repair.missed,
    stop: () => {
      stopping.abort()
      repair.stop()
      pods.stop()
      labeller.stop()
    },
  }
}

/** Of what is done with nodes. */
const problemOf = (error: unknown) => ({
  err: brief(error),
  ...(codeOf(error) === 403 && { hint: 'The role for nodes comes with manifests/lxcfs: apply it as it is there.' }),
})
