import t from 'tap'
import { spreadOf } from '../../bench/spread.ts'
import { killActor } from './support/actors.ts'
import { readCalls } from './support/authorization-server.ts'
import { untilJournal } from './support/journal.ts'
import { restartKubelet } from './support/kubelet.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod, statusOf } from './support/pod.ts'
import { readVolume } from './support/volume.ts'

/** Of one container of one pod. `make soak` has 100. */
const restarts = Number(process.env.SOAK_RESTARTS ?? 20)

await restartKubelet({ GREENROOM_CRASH_LOOP_MAX: '1s' })
t.teardown(() => restartKubelet())

const namespace = await createNamespace('restarts')
t.teardown(() => namespace.remove())

t.test(
  `an app that is killed ${restarts} times: its journal stays small, and the last start is as quick as the first`,
  async (t) => {
    await namespace.create(ordersPod('orders'))
    const first = await namespace.until('orders', 'Ready', isReady)
    const bytes: number[] = []
    const startsMs: number[] = []
    for (let restart = 1; restart <= restarts; restart++) {
      await killActor(first, 'app', 10_000)
      const again = await namespace.until(
        'orders',
        `Ready after restart ${restart}`,
        (pod) => isReady(pod) && statusOf(pod, 'app')?.restartCount === restart,
      )
      await untilJournal(again, 'online')
      const states = namespace.history('orders').filter(({ pod }) => statusOf(pod, 'app')?.restartCount === restart)
      const begun = Date.parse(statusOf(again, 'app')?.state?.running?.startedAt ?? '')
      startsMs.push((states.find(({ pod }) => isReady(pod))?.at ?? Number.NaN) - begun)
      // Once the run before is folded away, there is another journal beside this one.
      await untilJournal(again, 'snapshot')
      bytes.push(['journal', 'journal.1'].reduce((sum, file) => sum + readVolume(again, file).length, 0))
    }
    const largest = (of: readonly number[]) => Math.max(...of)
    t.ok(largest(bytes.slice(-5)) < 2 * largest(bytes.slice(0, 5)), `bytes of the journal: ${bytes}`)
    // The kubelet tells starts in whole seconds.
    t.ok(
      spreadOf(startsMs.slice(-5)).median < spreadOf(startsMs.slice(0, 5)).median + 2000,
      `started to Ready, ms: ${startsMs}`,
    )
    t.equal((await readCalls(first.metadata.uid)).length, 1, 'and it was authorized once')
  },
)
