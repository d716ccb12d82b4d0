import t from 'tap'
import { pass } from '../support/pass.ts'

const mesh = 'config.linkerd.io/skip-inbound-ports'
const volumes = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes'

const after = (key: string, list: string) => {
  const annotations = { 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': ':1/', [key]: list }
  return pass({ metadata: { annotations }, spec: { containers: [{ name: 'app' }] } }).pod.metadata.annotations?.[key]
}

const ports = [
  ['', '15720'],
  [' ', '15720'],
  [',', '15720'],
  ['9090', '9090,15720'],
  ['9090,', '9090,15720'],
  ['9090, 8080', '9090, 8080,15720'],
  ['15720', '15720'],
  ['9090, 15720', '9090, 15720'],
  ['157200', '157200,15720'],
  ['15000-16000', '15000-16000'],
  ['9090-9099', '9090-9099,15720'],
  ['*', '*'],
  ['metrics', 'metrics,15720'],
  ['-20000', '-20000,15720'],
  ['0x3d68', '0x3d68,15720'],
] as const

for (const [list, expected] of ports) {
  t.test(`the ports "${list}" become "${expected}"`, async (t) => {
    t.equal(after(mesh, list), expected)
  })
}

t.test('a volume is known by its whole name', async (t) => {
  t.equal(after(volumes, 'cache, greenroom-token'), 'cache, greenroom-token,greenroom')
  t.equal(after(volumes, 'cache, greenroom'), 'cache, greenroom')
  t.equal(after(volumes, '*'), '*,greenroom')
})

t.test('a very long list is gone through once', async (t) => {
  t.equal(after(mesh, `${','.repeat(1_000_000)}9090`)?.endsWith(',9090,15720'), true)
})
