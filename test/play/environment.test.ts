import t from 'tap'
import { expand, resolveEnvironment } from './environment.ts'
import { fixturePod, shell } from './fixture-pod.ts'

const expansions: readonly [text: string, expected: string][] = [
  ['$(A)', 'a'],
  ['x$(A)$(B)x', 'xabx'],
  ['$(UNKNOWN)', '$(UNKNOWN)'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$a'],
  ['$A $ A $', '$A $ A $'],
  ['$(A', '$(A'],
]
for (const [text, expected] of expansions) t.equal(expand(text, { A: 'a', B: 'b' }), expected, text)

const fieldOf = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } })
const resolve = (env: readonly object[]) => {
  const pod = fixturePod({ containers: [shell('app', '', { env })] })
  return resolveEnvironment(pod.spec.containers[0], pod, { uid: 'u-1', ip: '10.0.0.1' })
}

t.strictSame(
  resolve([
    { name: 'NAME', ...fieldOf('metadata.name') },
    { name: 'NAMESPACE', ...fieldOf('metadata.namespace') },
    { name: 'UID', ...fieldOf('metadata.uid') },
    { name: 'IP', ...fieldOf('status.podIP') },
    { name: 'IPS', ...fieldOf('status.podIPs') },
    { name: 'LABEL', ...fieldOf("metadata.labels['none']") },
    { name: 'URL', value: 'http://$(IP):$(PORT)' },
    { name: 'PORT', value: '80' },
  ]),
  {
    NAME: 'fixture',
    NAMESPACE: 'test',
    UID: 'u-1',
    IP: '10.0.0.1',
    IPS: '10.0.0.1',
    LABEL: '',
    URL: 'http://10.0.0.1:$(PORT)',
    PORT: '80',
  },
  'the downward API, and what stands before a variable',
)
t.throws(() => resolve([{ name: 'X', ...fieldOf('spec.nodeName') }]), { message: /spec\.nodeName is not played/ })
