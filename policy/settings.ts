import type { GrantStatuses, RevokeStatuses } from './answer-statuses.ts'

/**
 * What the webhook decided for one pod, as its own containers read it from the environment variable `GREENROOM_SETTINGS`
 * (JSON). All durations are milliseconds. The webhook parses and defaults; readers trust it but for its version.
 */
export interface PodSettings {
  readonly version: 1
  /** Name of the application for authorization and metrics. */
  readonly application: string
  readonly checkurl: Checkurl
  /** Hook by name. By convention (`required: false`) a hook that the image does not have counts as passed. */
  readonly hooks: Readonly<Record<HookName, Hook>>
  /** The pod comes up without traffic, until an operator releases it. */
  readonly hold: boolean
  readonly drain: Drain
  /** What the app's readiness probe was before the sidecar answered it; null: the app answers itself. */
  readonly check: Check | null
  /** null: nothing to authorize. */
  readonly authorization: AuthorizationSettings | null
  /** Left out: nobody is told. */
  readonly announcing?: Announcing
}

/** The hooks that run in the app container by its agent, in the order of a pod's life; preStart runs before there is one. */
export const hookNames = ['preOnline', 'verify', 'reload', 'postOffline'] as const
export type HookName = (typeof hookNames)[number]

export interface Hook {
  /** Absolute path in the app container, then arguments. No newline and no U+001F in any of them. */
  readonly command: readonly [string, ...string[]]
  readonly required: boolean
  readonly timeoutMs: number
}

/** `exactly200`: an annotated checkurl must answer 200; a derived one keeps the kubelet's rule, 200 to 399. */
export type Checkurl =
  | {
      readonly kind: 'http'
      readonly scheme: 'http' | 'https'
      readonly port: number
      readonly path: string
      readonly headers: readonly { readonly name: string; readonly value: string }[]
      readonly exactly200: boolean
      readonly timeoutMs: number
    }
  | { readonly kind: 'tcp'; readonly port: number; readonly timeoutMs: number }

/** Bounds of the drain: at least `minMs`, at most `maxMs`, over once the app's ports were quiet for `quietMs`. */
export interface Drain {
  readonly minMs: number
  readonly maxMs: number
  readonly quietMs: number
  /** The app's TCP ports to watch. */
  readonly ports: readonly number[]
}

/** Who is told when the pod goes online and offline. */
export interface Announcing {
  /** The app's port as registries know it. */
  readonly port: number
  /** At least one; no name comes twice. */
  readonly announcers: readonly Announcer[]
}

export interface Announcer {
  readonly name: string
  /** Limit of one call. */
  readonly timeoutMs: number
  readonly online: RequestTemplate
  readonly offline: RequestTemplate
}

/** One call. Placeholders (policy/*-placeholders.ts) are in `url`, behind its host, and in `body`, which is JSON. */
export interface RequestTemplate {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The fields of the app's own probe that `check` writes over, as they were; the sidecar reads `GREENROOM_CHECK` instead. */
export interface Check {
  readonly httpGet: object
  readonly timeoutSeconds: number
}

/** Who is asked, as either the base URL of our contract or the requests of another API; exactly one of the two is there. */
export interface AuthorizationSettings {
  /** Without a slash at its end; `/v1/authorizations/{podUid}` is appended. */
  readonly endpoint?: string
  readonly requests?: AuthorizationRequests
  /** Certificates in PEM: who is trusted over https, and nobody besides. */
  readonly ca?: string
  /** Our containers have a token for the service in a file (policy/names.ts), which they show as a bearer's. */
  readonly token?: true
  readonly resources: readonly string[]
  /** Limit of one call, and of one start of the init container as a whole (queueing included). */
  readonly callTimeoutMs: number
  readonly startTimeoutMs: number
  /** What happens when the service is down: `block` keeps the pod waiting, `proceed` starts it without a grant. */
  readonly whenUnavailable: 'block' | 'proceed'
  /** One spent attempt comes back each so often. */
  readonly refillMs: number
}

/** How an API that is not our contract is asked, and how its answers are read. */
export interface AuthorizationRequests {
  readonly grant: RequestTemplate & { readonly answers: GrantStatuses }
  readonly revoke: RequestTemplate & { readonly answers: RevokeStatuses }
}

/**
 * Reads the environment variable `GREENROOM_SETTINGS`, which the webhook of this or a neighbouring release wrote.
 *
 * @throws Error when it is no JSON, or of a version that this release does not know.
 */
export function parsePodSettings(json: string): PodSettings {
  const settings: PodSettings = JSON.parse(json)
  if (settings.version !== 1) {
    throw new Error(
      `GREENROOM_SETTINGS has version ${settings.version}, expected 1: the image is older than the webhook`,
    )
  }
  return settings
}
