import t from 'tap'
import { resolveApplication } from '../../policy/application.ts'
import type { RawPod } from '../../policy/schema/pod.ts'

t.test('the application is named by annotation, labels, owner and pod, in this order', async (t) => {
  const owner = (kind: string, name: string) => ({ ownerReferences: [{ kind, name, controller: true }] })
  const table: [RawPod['metadata'], string][] = [
    [{ labels: { app: 'b' }, annotations: { 'greenroom.dev/application': 'c' } }, 'c'],
    [{ name: 'orders-x', labels: { app: 'b', 'app.kubernetes.io/name': 'a' } }, 'a'],
    [{ name: 'orders-x', labels: { app: 'b', 'app.kubernetes.io/name': '' } }, 'b'],
    [{ labels: { 'pod-template-hash': '6d4b' }, ...owner('ReplicaSet', 'orders-6d4b') }, 'orders'],
    [{ labels: { 'pod-template-hash': '6d4b' }, ...owner('ReplicaSet', 'orders') }, 'orders'],
    [owner('StatefulSet', 'db'), 'db'],
    [{ name: 'orders-x', ownerReferences: [{ kind: 'Backup', name: 'b' }] }, 'orders-x'],
    [{ generateName: 'orders-' }, 'orders'],
  ]
  for (const [metadata, application] of table) t.equal(resolveApplication({ metadata, spec: {} }), application)
})
