import { join } from 'node:path'
import jsonPatch, { type Operation } from 'fast-json-patch'
import t, { type Test } from 'tap'
import type { RawPod } from './admission.ts'
import { createNarrator } from './narrator.ts'
import { plain } from './paint.ts'
import { type Outcome, perform } from './performance.ts'
import { readPlaybill } from './playbill.ts'
import { type Pod, parsePod } from './pod.ts'
import { createRunFolder } from './run-folder.ts'
import { demands, exitCodeOf, type Failure } from './verdict.ts'

process.chdir(join(import.meta.dirname, '../..'))
const playbill = { ...readPlaybill('examples/play.yaml'), trafficMs: 300 }

// Six plays, on a machine that may be busy with other tests.
t.setTimeout(600_000)

await t.test('the demo as it is: everything that was promised is seen', async (t) => {
  const { checks, timeline, told } = await play()
  t.strictSame(
    checks.filter(({ held }) => !held),
    [],
    'no demand is broken',
  )
  t.equal(exitCodeOf(checks), 0)

  const seen = timeline.map((happening) => {
    const { kind } = happening
    if ('handler' in happening) return `${kind} ${happening.handler} ${happening.container}`
    if (kind === 'marker') return `${kind} ${happening.there ? 'on' : 'off'}`
    if (kind === 'grants') return `${kind} ${happening.ips.length}`
    if (kind === 'line') return happening.text
    return 'container' in happening ? `${kind} ${happening.container}` : kind
  })
  const [sidecar, authorize] = timeline.flatMap((h) => (h.kind === 'started' && h.role !== 'app' ? [h.container] : []))
  inOrder(t, seen, [
    'grants 0',
    `started ${sidecar}`,
    `handled postStart ${sidecar}`,
    `started ${authorize}`,
    `exited ${authorize}`,
    'started orders',
    'handled postStart orders',
    'connected',
    '[preOnline] warming products',
    'marker on',
    'request',
    'deleted',
    'marker off',
    '[postOffline] writing reports',
    'handled preStop orders',
    'signalled orders',
    'exited orders',
    `signalled ${sidecar}`,
    `exited ${sidecar}`,
    'pod-gone',
  ])
  inOrder(t, seen, [`started ${authorize}`, 'grants 1', 'started orders'])
  inOrder(t, seen, ['deleted', `handling preStop ${sidecar}`, 'signalled orders'])
  inOrder(t, seen, ['deleted', 'handling preStop orders', 'signalled orders'])
  inOrder(t, seen, [`signalled ${sidecar}`, 'grants 0'])
  t.match(told, /\+ .*initContainers:/, 'the diff was shown')
  t.match(told, /grants\.json at the end: \{\}/)
  t.match(told, /All of it held\./)
})

// What the webhook answered, spoilt: each time the demo notices, and each time in another way.
const sabotages: readonly {
  readonly name: string
  readonly spoil: (pod: Pod) => readonly Operation[]
  readonly exitCode: number
  readonly broken: Failure
  /** Where it never comes online, nobody needs to wait long for it. */
  readonly onlineLimitMs?: number
}[] = [
  {
    name: 'without authorization',
    spoil: ({ spec: { initContainers } }) => [
      remove(`/spec/initContainers/${initContainers.findIndex((c) => !c.restartPolicy)}`),
    ],
    exitCode: 10,
    broken: 'StartedUnauthorized',
  },
  {
    name: 'with another marker path',
    spoil: ({ spec: { containers } }) => {
      const index = containers
        .flatMap(({ volumeMounts }) => volumeMounts)
        .findIndex(({ mountPath }) => mountPath.startsWith('/app/'))
      return [
        { op: 'replace', path: `/spec/containers/0/volumeMounts/${index}/mountPath`, value: '/app/public/elsewhere' },
      ]
    },
    exitCode: 11,
    broken: 'MarkerMissing',
    onlineLimitMs: 4000,
  },
  {
    name: "without the app's preStop",
    spoil: () => [remove('/spec/containers/0/lifecycle/preStop')],
    exitCode: 14,
    broken: 'StoppedInTraffic',
  },
  {
    name: 'that drains for no time',
    spoil: ({ spec: { initContainers } }) => {
      const sidecar = initContainers.findIndex((c) => c.restartPolicy)
      const variables = initContainers[sidecar]?.env ?? []
      const index = variables.findIndex(({ value }) => value?.includes('"drain":'))
      const settings = JSON.parse(variables[index]?.value ?? '')
      const value = JSON.stringify({ ...settings, drain: { ...settings.drain, minMs: 0, maxMs: 0, quietMs: 0 } })
      return [{ op: 'replace', path: `/spec/initContainers/${sidecar}/env/${index}/value`, value }]
    },
    exitCode: 15,
    broken: 'NotDrained',
  },
  {
    name: 'without any preStop',
    spoil: ({ spec: { initContainers } }) => [
      remove('/spec/containers/0/lifecycle/preStop'),
      remove(`/spec/initContainers/${initContainers.findIndex((c) => c.restartPolicy)}/lifecycle/preStop`),
    ],
    exitCode: 14,
    broken: 'StoppedInTraffic',
  },
]

for (const { name, spoil, exitCode, broken, onlineLimitMs } of sabotages)
  await t.test(`an answer ${name} ends the demo with ${exitCode}`, async (t) => {
    const { checks, told } = await play(spoil, onlineLimitMs)
    t.equal(exitCodeOf(checks), exitCode, checks.map(({ code, held }) => `${code} ${held}`).join(', '))
    t.match(told, `${broken} (exit ${exitCode}): ${demands[broken].broken}.`)
  })

async function play(
  spoil: (pod: Pod) => readonly Operation[] = () => [],
  onlineLimitMs = playbill.onlineLimitMs,
): Promise<Outcome & { readonly told: string }> {
  const run = createRunFolder()
  const told: string[] = []
  const narrator = createNarrator((line) => told.push(line), plain, 120)
  let before: RawPod
  try {
    const outcome = await perform({
      playbill: { ...playbill, onlineLimitMs },
      run,
      narrator,
      changePod: (pod) => {
        before = hurry(pod)
        return before
      },
      changeAnswer: (operations) => {
        // Copies, because applying a patch puts its very values into the pod, and later operations change them there.
        const [pod, patch] = structuredClone([before, operations] as const)
        const { newDocument } = jsonPatch.applyPatch(pod, patch)
        return [...operations, ...spoil(parsePod(newDocument))]
      },
    })
    return { ...outcome, told: told.join('\n') }
  } finally {
    run.clear()
  }
}

/** The example takes its time so that people can follow. */
function hurry(pod: RawPod): RawPod {
  const env = [
    { name: 'START_MS', value: '300' },
    { name: 'STEP_SECONDS', value: '0.1' },
  ]
  const { newDocument } = jsonPatch.applyPatch(
    pod,
    [{ op: 'add', path: '/spec/containers/0/env', value: env }],
    true,
    false,
  )
  return newDocument
}

function remove(path: string): Operation {
  return { op: 'remove', path }
}

/** Each is seen, after the one before it. */
function inOrder(t: Test, seen: readonly string[], expected: readonly string[]): void {
  let from = 0
  for (const item of expected) {
    const index = seen.indexOf(item, from)
    t.ok(index >= 0, `${item}, in its place`, { seen: seen.slice(from) })
    from = Math.max(index, from)
  }
}
