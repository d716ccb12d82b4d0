import { readGrants, setBehaviour } from './authorization-server.ts'
import { type BoundPod, createNode, deleteNode } from './bound-pod.ts'
import { installGate } from './gate.ts'
import { authorizeLocally } from './local-client.ts'
import { createNamespace, type Namespace } from './namespace.ts'

export interface GateStage {
  readonly namespace: Namespace
  /** A node without a kubelet, named as the namespace. */
  readonly node: string
  /** In a range that no pod of the real node gets. */
  readonly drawIp: () => string
}

/** The gate, a namespace that its policy has a binding for, and a node for pods that only the API server knows; all gone with the test. */
export async function createGateStage(
  t: { teardown(undo: () => unknown): void },
  name: `gate-${string}`,
): Promise<GateStage> {
  const uninstall = await installGate()
  t.teardown(uninstall)
  t.teardown(() => setBehaviour({ mode: 'grant' }))
  const namespace = await createNamespace(name)
  t.teardown(() => namespace.remove())
  await createNode(name)
  t.teardown(() => deleteNode(name))
  let nth = 0
  const drawIp = () => {
    nth += 1
    return `10.200.${nth >> 8}.${nth & 255}`
  }
  return { namespace, node: name, drawIp }
}

export const grantsOf = async (namespace: string) =>
  Object.values(await readGrants()).filter((grant) => grant.namespace === namespace)

/** As the kubelet does: again until it may start; null where it never may. */
export async function authorizeUntilGranted(pod: BoundPod): Promise<number | null> {
  for (let nth = 0; nth < 30; nth += 1) {
    const { code } = await authorizeLocally(pod)
    if (code === 0) return code
  }
  return null
}
