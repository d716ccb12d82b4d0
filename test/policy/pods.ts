import type { RawContainer, RawPod } from '../../policy/schema/pod.ts'

/** A container with what a test needs. */
export const container = (fields: Partial<RawContainer> = {}): RawContainer => ({ name: 'app', ...fields })

/** A pod with what a test needs; one container unless `spec` says otherwise. */
export const pod = (fields: { metadata?: RawPod['metadata']; spec?: Partial<RawPod['spec']> } = {}): RawPod => ({
  metadata: { name: 'orders', ...fields.metadata },
  spec: { containers: [container()], ...fields.spec },
})

/** A pod with annotations; keys are written without their prefix. */
export const annotated = (annotations: Readonly<Record<string, string>>, spec?: Partial<RawPod['spec']>): RawPod =>
  pod({ metadata: { name: 'orders', annotations: withPrefix(annotations) }, ...(spec && { spec }) })

const withPrefix = (annotations: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`greenroom.dev/${key}`, value]))

/** A readiness probe by HTTP. */
export const readinessProbe = { httpGet: { path: '/health', port: 8080 } }
