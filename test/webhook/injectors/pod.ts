/** Pods as these injectors see them: what they read is typed, the rest passes through. */
export interface Container {
  readonly name: string
  readonly restartPolicy?: string
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number; readonly protocol?: string }[]
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
  readonly args?: readonly string[]
  readonly command?: readonly string[]
  readonly resources?: object
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
  readonly lifecycle?: { readonly postStart?: Handler; readonly preStop?: Handler }
  readonly readinessProbe?: Handler
  readonly livenessProbe?: Handler
  readonly startupProbe?: Handler
}

/** A probe or a lifecycle handler. */
export interface Handler {
  readonly exec?: { readonly command: readonly string[] }
  readonly httpGet?: { readonly port: string | number; readonly path?: string; readonly scheme?: string }
  readonly tcpSocket?: { readonly port: string | number }
  readonly grpc?: { readonly port: number }
  readonly timeoutSeconds?: number
}

export interface Pod {
  readonly metadata: {
    readonly name?: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly spec: {
    readonly containers: readonly Container[]
    readonly initContainers?: readonly Container[]
    readonly volumes?: readonly { readonly name: string; readonly emptyDir?: object; readonly projected?: object }[]
  }
}

/** What another webhook makes of a pod. Like theirs, it gives back what it has been over as it is, or as its own webhook would. */
export type Injector = (pod: Pod) => Pod

/** With more in metadata and spec; what is named there takes the place of what was. */
export const withMore = ({ metadata, spec }: Pod, more: Partial<Pod['spec']> & { metadata?: Pod['metadata'] }): Pod => {
  const { metadata: { annotations, labels } = {}, ...fields } = more
  return {
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, ...annotations },
      labels: { ...metadata.labels, ...labels },
    },
    spec: { ...spec, ...fields },
  }
}
