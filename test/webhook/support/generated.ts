/** What the tests of generated pods read of a pod; all else is compared unread. */
export interface Pod {
  readonly metadata: Fields & { readonly annotations?: Texts | null; readonly labels?: Texts | null }
  readonly spec: Fields & {
    readonly containers: readonly Container[]
    readonly initContainers?: readonly Container[] | null
    readonly volumes?: readonly Named[] | null
    readonly imagePullSecrets?: readonly Named[] | null
    readonly terminationGracePeriodSeconds?: number | null
    readonly resources?: Resources | null
    readonly nodeSelector?: Texts | null
    readonly shareProcessNamespace?: boolean | null
  }
}
export interface Container extends Named {
  readonly command?: readonly string[] | null
  readonly lifecycle?: { readonly postStart?: Handler | null; readonly preStop?: Handler | null } | null
  readonly volumeMounts?: readonly Mount[] | null
  readonly livenessProbe?: Probe | null
  readonly readinessProbe?: Probe | null
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[] | null
  readonly resources?: Resources | null
}
export interface Mount extends Named {
  readonly mountPath: string
}
export interface Handler extends Fields {
  readonly exec?: { readonly command?: readonly string[] | null } | null
  readonly httpGet?: HttpGet | null
  readonly sleep?: { readonly seconds: number } | null
}
export interface HttpGet {
  readonly path?: string | null
  readonly port: string | number
  readonly host?: string | null
  readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[] | null
}
export interface Probe extends Handler {
  readonly timeoutSeconds?: number
}
export interface Resources extends Fields {
  readonly requests?: Amounts
  readonly limits?: Amounts
}
export type Amounts = Readonly<Record<string, string>> | null
type Texts = Readonly<Record<string, string>>
type Fields = Readonly<Record<string, unknown>>
export interface Named extends Fields {
  readonly name: string
}

const none: Container = { name: 'none' }

/** The generated pods call it so. */
export const appOf = ({ spec }: Pod): Container => spec.containers.find(({ name }) => name === 'app') ?? none
