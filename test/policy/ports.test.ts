import t from 'tap'
import { residentCommand } from '../../policy/commands.ts'
import { choosePort, reservedFor } from '../../policy/ports.ts'
import { container, pod } from './pods.ts'

const candidates = [15_720, 15_721]
const declaring = (...ports: number[]) => container({ ports: ports.map((containerPort) => ({ containerPort })) })

t.test('the first of the ports that the pod leaves free', async (t) => {
  t.equal(choosePort(pod(), candidates), 15_720)
  t.equal(choosePort(pod({ spec: { containers: [declaring(8080), declaring(15_720)] } }), candidates), 15_721)
  t.equal(choosePort(pod({ spec: { initContainers: [declaring(15_720)] } }), candidates), 15_721)
})

t.test('a port that only a probe tells of is taken', async (t) => {
  const containers = [container({ livenessProbe: { tcpSocket: { port: 15_720 } } })]
  t.equal(choosePort(pod({ spec: { containers } }), candidates), 15_721)
})

t.test('all taken', async (t) => {
  const found = choosePort(pod({ spec: { containers: [declaring(15_720, 15_721)] } }), candidates)
  t.match(found, { code: 'PortTaken', finding: { found: '15720, 15721' } })
})

t.test('a pod that has the sidecar keeps its port', async (t) => {
  const sidecar = {
    ...declaring(15_721),
    name: 'greenroom',
    command: residentCommand,
    env: [{ name: 'GREENROOM_SETTINGS' }],
  }
  t.equal(choosePort(pod({ spec: { initContainers: [sidecar] } }), candidates), 15_721)
})

t.test("meshes', node and privileged ports are reserved", async (t) => {
  const reserved = [80, 1023, 4140, 4191, 15_000, 15_090, 15_099, 30_000, 65_535]
  t.strictSame(
    reserved.filter((port) => !reservedFor(port)),
    [],
  )
  t.strictSame([1024, 4139, 4192, 8080, 14_999, 15_100, 15_720, 29_999].filter(reservedFor), [])
})
