import { z } from 'zod'

/** The parts of a pod that are played, with the API server's defaults. What cannot be played is refused, never left out silently. */

const handler = z.strictObject(
  { exec: z.strictObject({ command: z.array(z.string()).nonempty() }) },
  { error: 'only exec handlers are played' },
)

const readinessProbe = z.strictObject({
  httpGet: z.strictObject({
    path: z.string().default('/'),
    port: z.union([z.number(), z.string()]),
    host: z.string().optional(),
    scheme: z.literal('HTTP').default('HTTP'),
    httpHeaders: z.array(z.strictObject({ name: z.string(), value: z.string() })).default([]),
  }),
  initialDelaySeconds: z.number().default(0),
  periodSeconds: z.number().default(10),
  timeoutSeconds: z.number().default(1),
  successThreshold: z.number().default(1),
  failureThreshold: z.number().default(3),
})

const notPlayed = (what: string) => z.undefined({ error: `${what} is not played` }).optional()

const container = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  workingDir: z.string().optional(),
  env: z
    .array(
      z.strictObject({
        name: z.string(),
        value: z.string().default(''),
        valueFrom: z.strictObject({ fieldRef: z.object({ fieldPath: z.string() }) }).optional(),
      }),
    )
    .default([]),
  envFrom: notPlayed('envFrom'),
  ports: z
    .array(z.object({ name: z.string().optional(), containerPort: z.number(), protocol: z.string().default('TCP') }))
    .default([]),
  volumeMounts: z
    .array(z.object({ name: z.string(), mountPath: z.string(), subPath: z.string().default('') }))
    .default([]),
  lifecycle: z.object({ postStart: handler.optional(), preStop: handler.optional() }).default({}),
  readinessProbe: readinessProbe.optional(),
  livenessProbe: notPlayed('livenessProbe'),
  startupProbe: notPlayed('startupProbe'),
  restartPolicy: z.literal('Always').optional(),
  terminationMessagePath: z.string().default('/dev/termination-log'),
})

const pod = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string().default('default'),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    initContainers: z.array(container).default([]),
    containers: z.tuple([container], container),
    volumes: z
      .array(
        z.strictObject({ name: z.string(), emptyDir: z.object({}) }, { error: 'only emptyDir volumes are played' }),
      )
      .default([]),
    restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).default('Always'),
    terminationGracePeriodSeconds: z.number().default(30),
  }),
})

export type Pod = z.output<typeof pod>
export type Container = z.output<typeof container>
export type ReadinessProbe = z.output<typeof readinessProbe>

/** Parses a pod as admission left it. Throws with the field and what was expected there. */
export function parsePod(value: unknown): Pod {
  const parsed = pod.safeParse(value)
  if (parsed.success) return parsed.data
  throw new Error(`This pod cannot be played.\n${z.prettifyError(parsed.error)}`)
}
