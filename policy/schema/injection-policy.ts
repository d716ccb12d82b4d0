import { z } from 'zod'
import { duration, limit } from '../formats/duration.ts'
import { absolutePath } from '../formats/path.ts'
import { quantity } from '../formats/quantity.ts'
import { reservedFor } from '../ports.ts'
import { announcerSchema } from './announcer.ts'
import { checked, formatted, oneOf, strict } from './fields.ts'

/** A TCP port that the sidecar may listen on. */
const port = z.int({ error: 'a port' }).refine((number) => !reservedFor(number), {
  error: ({ input }) => `a port not reserved for ${reservedFor(Number(input))}`,
})

/** Kept as it was written: as text it goes into the pod. */
const quantityText = checked(quantity)

const quantities = strict({ cpu: quantityText.optional(), memory: quantityText.optional() })

const endpoint = z
  .url({ protocol: /^https?$/, error: 'a URL with http or https' })
  .transform((url) => url.replace(/\/+$/, ''))

/**
 * What an administrator decides for all pods, `apiVersion: greenroom.dev/v1alpha1`. All defaults of Greenroom are here
 * and nowhere else. Durations are written as text (`5m`) and read as milliseconds.
 */
const fields = strict({
  /** `Off` is the kill switch: nothing is injected, nothing is denied. */
  mode: oneOf('On', 'Off').prefault('On'),
  /** Image of the injected containers. Default: the webhook's own. */
  image: z.string({ error: 'an image' }).min(1).optional(),
  imagePullPolicy: oneOf('Always', 'IfNotPresent', 'Never').prefault('IfNotPresent'),
  /** The sidecar listens on the first of these that the pod leaves free. */
  ports: z
    .array(port, { error: 'a list of ports' })
    .min(1, { error: 'at least one port' })
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
    /** Base URL of the authorization service. None: nothing is authorized. */
    endpoint: endpoint.optional(),
    /** What a pod asks for that names nothing itself. */
    resources: z.array(z.string().min(1), { error: 'a list of resources' }).prefault([]),
    callTimeout: formatted(limit).prefault('5s'),
    startTimeout: formatted(limit).prefault('2m'),
    whenUnavailable: oneOf('block', 'proceed').prefault('block'),
    refill: formatted(limit).prefault('10m'),
  }).prefault({}),
  /** Registries that are told when a pod goes online and offline; a pod is told of by those that `announce` names. */
  announcers: z.array(announcerSchema, { error: 'a list of announcers' }).prefault([]),
  /** The announcers of a pod that names none itself. */
  announce: z.array(z.string(), { error: 'a list of announcers by name' }).prefault([]),
  /** Default: `composite` where debug is on, else `keep`. */
  liveness: oneOf('composite', 'keep').optional(),
  debug: z.boolean({ error: 'true or false' }).prefault(false),
  /**
   * Of each of our containers. In a Guaranteed pod, limits as `guaranteed` says, and requests equal to them; where the
   * pod limits an amount in all of its containers, a limit that is left out is that of `guaranteed`.
   */
  resources: strict({
    requests: quantities.prefault({ cpu: '10m', memory: '24Mi' }),
    limits: quantities.prefault({ memory: '128Mi' }),
    guaranteed: strict({ cpu: quantityText, memory: quantityText }).prefault({ cpu: '250m', memory: '128Mi' }),
  }).prefault({}),
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

export const injectionPolicySchema = strict({
  apiVersion: oneOf('greenroom.dev/v1alpha1'),
  kind: oneOf('InjectionPolicy'),
  metadata: z.looseObject({ name: z.string({ error: 'a name' }) }, { error: 'an object with a name' }),
  spec: spec.prefault({}),
})

export type InjectionPolicy = z.infer<typeof injectionPolicySchema>['spec']

/** The policy where nobody wrote one. */
export const defaultPolicy: InjectionPolicy = spec.parse({})
