import { z } from 'zod'
import { annotations } from '../annotations.ts'
import { certificates } from '../formats/certificates.ts'
import { duration, limit } from '../formats/duration.ts'
import { dnsSubdomain, secretKey } from '../formats/name.ts'
import { namespacePattern } from '../formats/namespace-pattern.ts'
import { absolutePath } from '../formats/path.ts'
import { none, quantity, quantityOrNone } from '../formats/quantity.ts'
import { runtimeClassPattern } from '../formats/runtime-class-pattern.ts'
import { keyPrefix } from '../names.ts'
import { fitsPattern } from '../pattern.ts'
import { reservedFor } from '../ports.ts'
import { announcerSchema } from './announcer.ts'
import { authorizationRequestsSchema } from './authorization-requests.ts'
import { checked, formatted, oneOf, strict } from './fields.ts'
import { labelSelector } from './label-selector.ts'

/** A TCP port that the sidecar may listen on. */
const port = z.int({ error: 'a port' }).refine((number) => !reservedFor(number), {
  error: ({ input }) => `a port not reserved for ${reservedFor(Number(input))}`,
})

/** Kept as it was written: as text it goes into the pod. */
const quantityText = checked(quantity)

/** An amount that is left out has its default. A word for none at all, for `kubectl apply` takes null as left out. */
const amount = checked(quantityOrNone)

const isAbove = (text: string, most: string) =>
  text !== none && most !== none && (quantity.parse(text) ?? 0n) > (quantity.parse(most) ?? 0n)

const endpoint = z
  .url({ protocol: /^https?$/, error: 'a URL with http or https' })
  .transform((url) => url.replace(/\/+$/, ''))

/** `*` in it stands for any characters. */
const resourcePattern = z.string({ error: 'a resource, or a pattern with "*"' }).min(1, { error: 'a resource' })

/** Of the pod's own service account for an audience, or from a Secret of its namespace. */
const token = strict({
  audience: z.string({ error: 'an audience' }).min(1, { error: 'an audience' }).optional(),
  secretName: checked(dnsSubdomain).optional(),
  key: checked(secretKey).optional(),
}).refine(
  ({ audience, secretName, key }) =>
    audience === undefined
      ? secretName !== undefined && key !== undefined
      : secretName === undefined && key === undefined,
  { error: 'either audience, or secretName and key' },
)

const priority = { error: 'a whole number from -1000000 to 1000000' }

const overridable = (pattern: string) =>
  Object.values(annotations).some(({ key }) => fitsPattern(pattern, key.slice(keyPrefix.length)))

const override = z.string({ error: 'a name, or a pattern with "*"' }).refine(overridable, {
  error: 'the name of an annotation without its prefix, or a pattern with "*"',
  params: { example: 'drain' },
})

const hasOwnToken = ({ headers = {} }: { readonly headers?: Readonly<Record<string, string>> | undefined }) =>
  Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')

/**
 * What an administrator decides for all pods, `apiVersion: greenroom.dev/v1alpha1`. All defaults of Greenroom are here
 * and nowhere else. Durations are written as text (`5m`) and read as milliseconds.
 */
const fields = strict({
  /** `Off` is the kill switch: nothing is injected, nothing is denied. */
  mode: oneOf('On', 'Off').prefault('On'),
  /** Of the policies that select a pod the one of the highest holds; of equal ones the first by name. */
  priority: z.int(priority).min(-1_000_000, priority).max(1_000_000, priority).prefault(0),
  /** The pods that it is for: those of these namespaces, with these labels. Empty: all. */
  namespaceSelector: labelSelector,
  podSelector: labelSelector,
  /** Pods that do not say: `asked` leaves them alone, `always` injects. */
  inject: oneOf('asked', 'always').prefault('asked'),
  /** Whether a pod may say that it is not to be injected. */
  optOut: z.boolean({ error: 'true or false' }).prefault(true),
  /** What pods may say by annotation: names without the prefix. `*` stands for any characters. */
  overrides: z.array(override, { error: 'a list of names' }).prefault(['*']),
  /** What becomes of a pod that `always` is for while no webhook answers. */
  failurePolicy: oneOf('Ignore', 'Fail').prefault('Ignore'),
  /** What becomes of pods that came in without Greenroom meanwhile. */
  repair: oneOf('report', 'evict').prefault('report'),
  /** Image of the injected containers. Default: the webhook's own. */
  image: z.string({ error: 'an image' }).min(1).optional(),
  imagePullPolicy: oneOf('Always', 'IfNotPresent', 'Never').prefault('IfNotPresent'),
  /** Secrets of the pod's namespace that the image is pulled with, beside those that the pod names. */
  imagePullSecrets: z.array(checked(dnsSubdomain), { error: 'a list of Secrets by name' }).prefault([]),
  /** The sidecar listens on the first of these that the pod leaves free. */
  ports: z
    .array(port, { error: 'a list of ports' })
    .min(1, { error: 'at least one port' })
    .max(32, { error: 'at most 32' })
    .prefault([15_720, 15_721, 15_722]),
  hooks: strict({
    directory: formatted(absolutePath).prefault('/app/hooks'),
    /** `Off`: no command is wrapped, and no warning says so, but for a pod that names a preStart itself. */
    preStart: oneOf('On', 'Off').prefault('On'),
    /** Entrypoint of the images of pods without a command, for companies that have one base image. */
    entrypoint: z.array(z.string(), { error: 'a list of words' }).min(1, { error: 'at least one word' }).optional(),
    timeouts: strict({
      preStart: formatted(limit).prefault('5m'),
      preOnline: formatted(limit).prefault('5m'),
      verify: formatted(limit).prefault('5m'),
      reload: formatted(limit).prefault('1m'),
      postOffline: formatted(limit).prefault('30s'),
    }).prefault({}),
  }).prefault({}),
  checkurl: strict({ timeout: formatted(limit).prefault('5m') }).prefault({}),
  /** Whether the sidecar answers the app's readiness probe, so that the marker follows the app's health. */
  check: z.boolean({ error: 'true or false' }).prefault(false),
  drain: strict({
    min: formatted(duration).prefault('5s'),
    max: formatted(duration).prefault('30s'),
    quiet: formatted(duration).prefault('2s'),
  }).prefault({}),
  /** `raise` adds the time of drain, postOffline and revoke to the pod's own; `refuse` adds nothing, and injects where it fits. */
  terminationGracePeriod: oneOf('raise', 'refuse').prefault('raise'),
  authorization: strict({
    /** Base URL of the authorization service. Neither this nor requests: nothing is authorized. */
    endpoint: endpoint.optional(),
    /** Instead of it: what a service of another API is asked. */
    requests: authorizationRequestsSchema.optional(),
    /** Certificates in PEM that the service is trusted by, and nobody besides; as text, or in a file of the webhook. */
    ca: formatted(certificates).optional(),
    caFile: formatted(absolutePath).optional(),
    /** What our containers show as `Authorization: Bearer`. */
    token: token.optional(),
    /** What a pod asks for that names nothing itself. */
    resources: z.array(z.string().min(1), { error: 'a list of resources' }).prefault([]),
    /** What everybody may have, and nobody asks for. */
    common: z.array(resourcePattern, { error: 'a list of resources' }).prefault([]),
    callTimeout: formatted(limit).prefault('5s'),
    startTimeout: formatted(limit).prefault('2m'),
    whenUnavailable: oneOf('block', 'proceed').prefault('block'),
    refill: formatted(limit).prefault('10m'),
  })
    .refine(({ endpoint, requests }) => !endpoint || !requests, {
      path: ['requests'],
      error: 'it or endpoint, not both',
    })
    .refine(({ ca, caFile }) => ca === undefined || caFile === undefined, {
      path: ['caFile'],
      error: 'it or ca, not both',
    })
    .refine(({ token, requests }) => !token || !requests || ![requests.grant, requests.revoke].some(hasOwnToken), {
      path: ['token'],
      error: 'it or a header Authorization in requests, not both',
    })
    .prefault({}),
  /** Registries that are told when a pod goes online and offline; a pod is told of by those that `announce` names. */
  announcers: z.array(announcerSchema, { error: 'a list of announcers' }).max(32, { error: 'at most 32' }).prefault([]),
  /** The announcers of a pod that names none itself. */
  announce: z
    .array(z.string().max(63), { error: 'a list of announcers by name' })
    .max(32, { error: 'at most 32' })
    .prefault([]),
  /** Default: `composite` where debug is on, else `keep`. */
  liveness: oneOf('composite', 'keep').optional(),
  debug: strict({
    /** The default of the annotation in all namespaces. */
    enabled: z.boolean({ error: 'true or false' }).prefault(false),
    /** Or in these. */
    namespaces: z.array(checked(namespacePattern), { error: 'a list of namespaces' }).prefault([]),
    /** Of a session, and so of the time for which a halted JVM may count as alive. */
    longest: formatted(limit).prefault('8h'),
  }).prefault({}),
  /** Whether files of the node's lxcfs agent show containers their own limits. */
  lxcfs: strict({
    /** `prefer`: where a node has the agent; `require`: the pod waits for such a node. */
    mode: oneOf('off', 'prefer', 'require').prefault('off'),
    /** Of the nodes. It says which files can be mounted. */
    runtime: oneOf('runc', 'older-runc', 'crun').prefault('runc'),
    /** Classes whose pods are left out: there is no `/proc` of the node's kernel. */
    excludedRuntimeClasses: z
      .array(checked(runtimeClassPattern), { error: 'a list of runtime classes' })
      .max(64, { error: 'at most 64' })
      .prefault(['gvisor', 'runsc', 'kata*', 'sysbox*']),
  }).prefault({}),
  /**
   * Of each of our containers. In a Guaranteed pod, limits as `guaranteed` says, and requests equal to them; where the
   * pod limits an amount in all of its containers, a limit that is left out is that of `guaranteed`.
   */
  resources: strict({
    requests: strict({ cpu: amount.prefault('10m'), memory: amount.prefault('24Mi') }).prefault({}),
    limits: strict({ cpu: amount.prefault(none), memory: amount.prefault('128Mi') }).prefault({}),
    guaranteed: strict({ cpu: quantityText.prefault('250m'), memory: quantityText.prefault('128Mi') }).prefault({}),
  })
    .refine(({ requests, limits }) => !isAbove(requests.cpu, limits.cpu), {
      path: ['requests', 'cpu'],
      error: 'at most limits.cpu',
    })
    .refine(({ requests, limits }) => !isAbove(requests.memory, limits.memory), {
      path: ['requests', 'memory'],
      error: 'at most limits.memory',
    })
    .prefault({}),
})

const spec = fields
  .refine(({ announcers }) => new Set(announcers.map(({ name }) => name)).size === announcers.length, {
    path: ['announcers'],
    error: 'announcers of different names',
  })
  .refine(({ announcers, announce }) => announce.every((name) => announcers.some((each) => each.name === name)), {
    path: ['announce'],
    error: 'names of announcers that the policy has',
  })
  .refine(({ inject, failurePolicy }) => failurePolicy === 'Ignore' || inject === 'always', {
    path: ['failurePolicy'],
    error: '"Ignore" where inject is "asked", for a pod that asks is never created without Greenroom',
  })

export const injectionPolicySchema = strict({
  apiVersion: oneOf('greenroom.dev/v1alpha1'),
  kind: oneOf('InjectionPolicy'),
  metadata: z.looseObject({ name: z.string({ error: 'a name' }) }, { error: 'an object with a name' }),
  spec: spec.prefault({}),
})

export type InjectionPolicy = z.infer<typeof injectionPolicySchema>['spec']

/** The policy where nobody wrote one. */
export const defaultPolicy: InjectionPolicy = spec.parse({})
