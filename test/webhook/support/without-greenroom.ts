import type { Container, Named, Pod } from './generated.ts'

const ownContainers = ['greenroom', 'greenroom-authorize', 'greenroom-pre-start']
const ownVolumes = ['greenroom', 'greenroom-token']
const isOwnVolume = (name: string) => ownVolumes.includes(name) || name.startsWith('greenroom-lxcfs-')
export const ownSecret = 'registry'

/** Lists that ours get an entry in, each with the entry. */
export const lists = {
  'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes': 'greenroom',
  'traffic.sidecar.istio.io/excludeInboundPorts': '15720',
  'config.linkerd.io/skip-inbound-ports': '15720',
} as const

/**
 * A pod without everything of Greenroom's, and without what Greenroom writes over, by the names that docs/opt-in.md gives and
 * without the product's code: so a pod before and after are equal where nothing else was touched. The collections that it
 * makes are alike whether they were absent, null or empty.
 */
export function withoutGreenroom({ metadata, spec }: Pod): object {
  const { annotations, labels, ...restOfMetadata } = metadata
  const { terminationGracePeriodSeconds: _, resources: __, nodeSelector, ...restOfSpec } = spec
  return {
    metadata: {
      ...restOfMetadata,
      annotations: without(annotations, ['greenroom.dev/status', ...Object.keys(lists)]),
      labels: without(labels, ['greenroom.dev/injected']),
    },
    spec: {
      ...restOfSpec,
      containers: spec.containers.map((each) => (each.name === 'app' ? withoutOurs(each) : withoutMounts(each))),
      initContainers: others(spec.initContainers, ownContainers).map(withoutMounts),
      volumes: withoutVolumes(spec.volumes),
      nodeSelector: without(nodeSelector, ['greenroom.dev/lxcfs']),
      imagePullSecrets: others(spec.imagePullSecrets, [ownSecret]),
    },
  }
}

function withoutOurs({ command: _, readinessProbe: __, livenessProbe: ___, ...app }: Container) {
  return {
    ...app,
    volumeMounts: withoutVolumes(app.volumeMounts),
    lifecycle: without(app.lifecycle, ['postStart', 'preStop']),
  }
}

const withoutMounts = (each: Container) => ({ ...each, volumeMounts: withoutVolumes(each.volumeMounts) })

const withoutVolumes = (items: readonly Named[] | null | undefined) =>
  (items ?? []).filter(({ name }) => !isOwnVolume(name))

const others = <Item extends Named>(items: readonly Item[] | null | undefined, names: readonly string[]) =>
  (items ?? []).filter(({ name }) => !names.includes(name))

const without = (fields: object | null | undefined, keys: readonly string[]) =>
  Object.fromEntries(Object.entries(fields ?? {}).filter(([key]) => !keys.includes(key)))
