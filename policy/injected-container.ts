import type { RawContainer } from './schema/pod.ts'

/** Through these goes the traffic of a pod of a mesh. */
const proxies: readonly string[] = ['istio-proxy', 'linkerd-proxy']

/** Whether it is a mesh's proxy as a native sidecar: what comes before it in the pod starts without a network, and outlives it. */
export const isNativeProxy = ({ name, restartPolicy }: RawContainer): boolean =>
  proxies.includes(name) && restartPolicy === 'Always'

const rules: readonly string[] = ['istio-init', 'enable-core-dump', 'linkerd-init']

/** Whether it is a mesh's init container after which the pod's traffic goes to the proxy, or what that mesh keeps beside it. */
export const setsRules = ({ name }: RawContainer): boolean => rules.includes(name)

const others: readonly string[] = ['linkerd-debug', 'vault-agent']

/** Whether another webhook has put the container there, which makes it nobody's app. By name: their releases keep those. */
export const isInjected = ({ name }: RawContainer): boolean => proxies.includes(name) || others.includes(name)
