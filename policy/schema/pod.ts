import { z } from 'zod'

/**
 * A pod as raw JSON, typed only where Greenroom reads it; everything else, fields newer than Greenroom included, passes
 * through unseen. Go writes an empty collection as an absent member or as null, so both are allowed everywhere.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
const list = <Item extends z.ZodType>(item: Item) => z.array(item).nullish()
const text = z.string().nullish()
const number = z.number().nullish()
const flag = z.boolean().nullish()
const texts = z.record(z.string(), z.string()).nullish()
const portReference = z.union([z.number(), z.string()])
const quantities = z.record(z.string(), z.union([z.string(), z.number()])).nullish()

const resources = z.looseObject({ requests: quantities, limits: quantities }).nullish()

const exec = z.looseObject({ command: list(z.string()) }).nullish()

const request = z.looseObject({
  path: text,
  port: portReference,
  host: text,
  scheme: text,
  httpHeaders: list(z.object({ name: z.string(), value: z.string().default('') })),
})

const httpGet = request.nullish()

const probe = z
  .looseObject({
    exec,
    httpGet,
    tcpSocket: z.looseObject({ port: portReference, host: text }).nullish(),
    initialDelaySeconds: number,
    periodSeconds: number,
    timeoutSeconds: number,
    successThreshold: number,
    failureThreshold: number,
    terminationGracePeriodSeconds: number,
  })
  .nullish()

const handler = z.looseObject({ exec, httpGet, sleep: z.looseObject({ seconds: z.number() }).nullish() }).nullish()

const container = z.looseObject({
  name: z.string(),
  command: list(z.string()),
  args: list(z.string()),
  env: list(z.looseObject({ name: z.string(), value: text })),
  ports: list(z.looseObject({ name: text, containerPort: z.number(), protocol: text })),
  volumeMounts: list(z.looseObject({ name: z.string(), mountPath: z.string() })),
  volumeDevices: list(z.looseObject({ name: z.string(), devicePath: z.string() })),
  terminationMessagePath: text,
  resources,
  lifecycle: z.looseObject({ postStart: handler, preStop: handler }).nullish(),
  readinessProbe: probe,
  startupProbe: probe,
  livenessProbe: probe,
})

export const podSchema = z.looseObject({
  metadata: z.looseObject({
    name: text,
    generateName: text,
    namespace: text,
    annotations: texts,
    labels: texts,
    ownerReferences: list(z.looseObject({ kind: z.string(), name: z.string(), controller: flag })),
  }),
  spec: z.looseObject({
    hostNetwork: flag,
    hostPID: flag,
    hostUsers: flag,
    shareProcessNamespace: flag,
    runtimeClassName: text,
    nodeName: text,
    nodeSelector: texts,
    os: z.looseObject({ name: text }).nullish(),
    volumes: list(z.looseObject({ name: z.string(), hostPath: z.looseObject({ path: z.string() }).nullish() })),
    imagePullSecrets: list(z.looseObject({ name: text })),
    initContainers: list(container),
    containers: list(container),
    terminationGracePeriodSeconds: number,
    resources,
  }),
})

/** What the settings of an injected pod tell of its readiness probe (`Check` in policy/settings.ts). */
export const routedProbe = z.object({ check: z.object({ httpGet: request, timeoutSeconds: z.number() }) })

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T

export type RawPod = DeepReadonly<z.infer<typeof podSchema>>
type Unread = Readonly<Record<string, unknown>>

/** What of a pod says whether it is for Greenroom at all. */
export interface PodHead {
  readonly metadata: Pick<RawPod['metadata'], 'annotations' | 'labels'>
  readonly spec: Pick<RawPod['spec'], 'hostNetwork' | 'os'> & Unread
}

export type RawContainer = DeepReadonly<z.infer<typeof container>>
export type RawProbe = NonNullable<DeepReadonly<z.infer<typeof probe>>>
export type RawHandler = DeepReadonly<z.infer<typeof handler>>
export type RawResources = DeepReadonly<z.infer<typeof resources>>
