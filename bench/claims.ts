/** One figure that the README claims. `bound` says which number of the figure is held to what; none: shown openly, not bound. */
export interface Claim {
  readonly text: string
  readonly unit: string
  /** What `against` is, measured in the same run. */
  readonly peer?: string
  readonly bound?: { readonly of: 'value' | 'ratio'; readonly atMost: number }
}

const idleNode = 'the same sidecar kept as an idle Node process'
const doingNothing = 'the same pod, its commands replaced by ones that do nothing'
const idleCommands60 = '60 such pods, their commands replaced by ones that do nothing'
const plainPod = 'Ready=False of a pod without Greenroom, 1 s readiness probe'

const plainLxcfs = 'a plain DaemonSet with a directory mount, until the pod is created anew at once'
const kernelsOwn = "the kernel's own file"

const goServer = "a server of the same patch in Go's standard library"

/** Every figure, by bench and metric: the one source of its words and its bound. */
export const claims = {
  rest: {
    pss_mb: {
      text: 'memory (PSS) of the sidecar at rest, held probe included, 20 pods',
      unit: 'MB',
      peer: idleNode,
      bound: { of: 'value', atMost: 0.4 },
    },
    app_pss_mb: {
      text: 'memory (PSS) of keeper and agent in the app container',
      unit: 'MB',
      bound: { of: 'value', atMost: 0.4 },
    },
    vs_idle_node: {
      text: 'both together, as a part of an idle Node process',
      unit: 'ratio',
      peer: idleNode,
      bound: { of: 'ratio', atMost: 0.1 },
    },
    cpu_ticks: {
      text: 'CPU ticks of all 20 pods in a minute at rest, without the probes',
      unit: 'ticks',
      bound: { of: 'value', atMost: 0 },
    },
    probes_cpu_ms: { text: 'CPU time of one sidecar in that minute, which is its probes', unit: 'ms' },
    peak_mb: {
      text: "peak of the sidecar while Node is awake, as the kernel counts it against the container's limit",
      unit: 'MB',
    },
  },
  start: {
    ready: {
      text: 'pod created to Ready=True',
      unit: 's',
      peer: doingNothing,
      bound: { of: 'ratio', atMost: 1.2 },
    },
  },
  death: {
    marker_gone_ms: {
      text: "kill -9 of the app to 404 at the sidecar's port",
      unit: 'ms',
      peer: plainPod,
      bound: { of: 'value', atMost: 50 },
    },
    marker_removed_ms: { text: 'kill -9 of the app to the marker gone on disk', unit: 'ms', peer: plainPod },
    not_ready_ms: {
      text: "kill -9 of the app to Ready=False in the API server's watch",
      unit: 'ms',
      peer: plainPod,
      bound: { of: 'value', atMost: 150 },
    },
  },
  ready: {
    follow_ms: {
      text: 'marker written to Ready=True',
      unit: 'ms',
      peer: 'a plain probe of the marker, 1 s',
      bound: { of: 'value', atMost: 50 },
    },
  },
  online: {
    marker_ms: {
      text: "the checkurl's first 200 to the marker, preOnline's own time left out",
      unit: 'ms',
      bound: { of: 'value', atMost: 150 },
    },
  },
  offline: {
    marker_gone_ms: {
      text: "preStop runs to 404 at the sidecar's port",
      unit: 'ms',
      peer: 'the runtime, from being asked for it until it runs',
      bound: { of: 'value', atMost: 100 },
    },
    deleted_ms: {
      text: "pod deleted to 404 at the sidecar's port",
      unit: 'ms',
      peer: 'pod deleted until preStop runs',
    },
  },
  probe: {
    cpu: {
      text: 'user and system time of one composite liveness probe, without the runtime that runs it',
      unit: 'ms',
      peer: 'bash, pgrep and curl that ask the same',
      bound: { of: 'ratio', atMost: 0.05 },
    },
  },
  'drain-storm': {
    peak_mb: {
      text: 'memory of the sidecars of 60 pods that are deleted at once, at its most',
      unit: 'MB',
      peer: idleCommands60,
    },
    median_s: { text: 'one of 60 pods that are deleted at once, until it is gone', unit: 's', peer: idleCommands60 },
  },
  lxcfs: {
    heal_median_ms: {
      text: 'kill -9 of lxcfs to right values in every file of 20 pods that read all of them every 5 ms, 50 kills',
      unit: 'ms',
      peer: plainLxcfs,
      bound: { of: 'value', atMost: 250 },
    },
    heal_worst_ms: {
      text: 'the longest of these',
      unit: 'ms',
      peer: plainLxcfs,
      bound: { of: 'value', atMost: 1000 },
    },
    agent_pss_mb: { text: 'memory (PSS) of the node agent at rest, two lxcfs included', unit: 'MB' },
    agent_cpu_ms: { text: 'CPU time of the node agent in a minute at rest', unit: 'ms' },
    read_cpuinfo_us: { text: 'one read of /proc/cpuinfo', unit: 'µs', peer: kernelsOwn },
    read_meminfo_us: { text: 'one read of /proc/meminfo', unit: 'µs', peer: kernelsOwn },
    read_stat_us: { text: 'one read of /proc/stat', unit: 'µs', peer: kernelsOwn },
    read_diskstats_us: { text: 'one read of /proc/diskstats', unit: 'µs', peer: kernelsOwn },
    read_swaps_us: { text: 'one read of /proc/swaps', unit: 'µs', peer: kernelsOwn },
    read_uptime_us: { text: 'one read of /proc/uptime', unit: 'µs', peer: kernelsOwn },
    read_loadavg_us: { text: 'one read of /proc/loadavg', unit: 'µs', peer: kernelsOwn },
    read_cpu_online_us: { text: 'one read of /sys/devices/system/cpu/online', unit: 'µs', peer: kernelsOwn },
  },
  webhook: {
    cpu_vs_pepr: {
      text: 'CPU time of the webhook for one review, of pods of three templates',
      unit: 'ms',
      peer: 'the same pod by pepr 1.1.4',
      bound: { of: 'ratio', atMost: 0.125 },
    },
    cpu_vs_go: {
      text: 'CPU time of the webhook for one review, of pods of three templates',
      unit: 'ms',
      peer: goServer,
      bound: { of: 'ratio', atMost: 0.8 },
    },
    first_vs_go: {
      text: 'CPU time of the webhook for one review, each of a pod of a template of its own',
      unit: 'ms',
      peer: `${goServer}, at any pods`,
    },
    parse_1500: {
      text: 'from the body of a review to its answer, a pod of 1,500 environment variables',
      unit: 'µs',
      peer: 'JSON.parse of the same text',
      bound: { of: 'ratio', atMost: 1.3 },
    },
    p99_ms: {
      text: 'slowest hundredth of reviews at half the rate that the webhook can do on one core',
      unit: 'ms',
      peer: `${goServer}, at the same rate`,
      bound: { of: 'ratio', atMost: 1.5 },
    },
    memory_mb: {
      text: 'memory (PSS) of the webhook after 100,000 reviews',
      unit: 'MB',
      peer: 'after 50,000',
      bound: { of: 'ratio', atMost: 1.05 },
    },
  },
} as const satisfies Record<string, Record<string, Claim>>

export type BenchName = keyof typeof claims
export type Metric<Bench extends BenchName> = keyof (typeof claims)[Bench]

export const benchNames = Object.keys(claims) as readonly BenchName[]

/** Those that need no cluster. */
export const isLocal = (bench: BenchName): bench is 'webhook' => bench === 'webhook'

export function isBenchName(name: string): name is BenchName {
  return name in claims
}
