import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { filesByRuntime, publishedFolder } from '../../policy/lxcfs/files.ts'

const script = join(import.meta.dirname, '../../lxcfs-mounts/shell/layers.sh')
const published = '/published'

/** What a function of layers.sh prints, with mounts as they are told. */
function run(t: Test, { own = '', containers = [] as string[] }, call: string): string {
  const processes = Object.fromEntries(containers.map((mountinfo, index) => [String(index + 1), { mountinfo }]))
  const proc = t.testdir({ self: { mountinfo: own }, ...processes })
  const text = `set -u; proc=$1 published=${published}; . ${script}; ${call}`
  return execFileSync('sh', ['-c', text, 'sh', proc], { encoding: 'utf8' }).trim()
}

/** A layer of a file on the node, by its peer group. */
const layer = (group: number, path = '/proc/uptime') =>
  `300 200 0:62 ${path} ${published}${path} ro,relatime shared:${group} - fuse.lxcfs lxcfs rw\n`

/** A mount in a container, which follows a peer group. */
const follower = (group: number, path = '/proc/uptime') =>
  `340 325 0:62 ${path} ${path} ro,relatime master:${group} - fuse.lxcfs lxcfs rw\n`

const surplus = (t: Test, own: string, containers: string[]) =>
  Number(/proc\/uptime (\d+)/.exec(run(t, { own, containers }, 'surplus_of "$(followed_groups)"'))?.[1])

t.test('the agent publishes what the webhook mounts', async (t) => {
  const text = readFileSync(script, 'utf8')
  const files = /^files='(.*)'$/m
    .exec(text)?.[1]
    ?.split(' ')
    .map((file) => `/${file}`)
  t.same(files?.toSorted(), filesByRuntime.runc.map(({ path }) => path).toSorted())
  const daemonSet = readFileSync('manifests/lxcfs/daemonset.yaml', 'utf8')
  t.match(daemonSet, `path: ${publishedFolder}\n`)
  const agent = readFileSync(join(script, '../agent'), 'utf8')
  t.match(agent, ` published=${published} `)
  t.match(daemonSet, `mountPath: ${published}\n`)
})

t.test('layers above the highest that a container follows are surplus', async (t) => {
  const own = [1, 2, 3, 4, 5].map((group) => layer(group)).join('')
  t.equal(surplus(t, own, [follower(2), follower(3), '']), 2)
  t.equal(surplus(t, own, [follower(5)]), 0, 'the one on top is followed')
  t.equal(surplus(t, own, []), 4, 'nobody follows: the lowest stays, so that there always is one')
  t.equal(surplus(t, layer(1), []), 0)
})

t.test('of a container its lowest mount counts: what is above came by propagation and follows by itself', async (t) => {
  const own = [1, 2, 3, 4].map((group) => layer(group)).join('')
  t.equal(surplus(t, own, [follower(2) + follower(3) + follower(4)]), 2)
})

t.test('however layers and containers lie, what is followed stays, and no more', async (t) => {
  const groups = fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(groups, fc.array(fc.nat(30), { maxLength: 6 }), (layers, choices) => {
      // Some follow a group that is not there any more.
      const followed = choices.map((choice) => layers[choice] ?? 1000 + choice)
      const own = layers.map((group) => layer(group)).join('')
      const highest = Math.max(0, ...followed.map((group) => layers.indexOf(group)))
      return (
        surplus(
          t,
          own,
          followed.map((group) => follower(group)),
        ) ===
        layers.length - 1 - highest
      )
    }),
    { numRuns: 30 },
  )
})

t.test('a container that follows a top which was taken off is found', async (t) => {
  const kept = '400 390 0:62 /proc/uptime /private/kept/proc/uptime ro,relatime shared:7 - fuse.lxcfs lxcfs rw\n'
  const isFound = (containers: string[]) =>
    run(t, { own: layer(2) + kept, containers }, 'work=/private; is_kept_followed && echo yes || echo no')
  t.equal(isFound([follower(7)]), 'yes')
  t.equal(isFound([follower(2), follower(77)]), 'no')
})
