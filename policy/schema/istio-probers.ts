import { z } from 'zod'

const port = z.number()

/**
 * What Istio's agent is told of the probes and handlers that lead to it, by the path that they have now.
 * Source: `KubeAppProbers` in https://github.com/istio/istio/blob/master/pkg/kube/inject/app_probe.go
 */
export const istioProbersSchema = z.record(
  z.string(),
  z.looseObject({
    httpGet: z
      .looseObject({
        path: z.string().optional(),
        port,
        host: z.string().optional(),
        scheme: z.string().optional(),
        httpHeaders: z.array(z.object({ name: z.string(), value: z.string().default('') })).optional(),
      })
      .optional(),
    tcpSocket: z.looseObject({ port, host: z.string().optional() }).optional(),
  }),
)

export type IstioProbers = z.infer<typeof istioProbersSchema>
