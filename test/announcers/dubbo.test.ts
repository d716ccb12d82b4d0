import t from 'tap'
import { freePort } from '../sidecar/shell/free-port.ts'
import { until } from '../sidecar/shell/until.ts'
import { fetchOk, startPod, startRegistry } from './support/registry.ts'

t.test("Dubbo's QOS takes the provider's services out of its registry and puts them back", async (t) => {
  const [qos, service] = [await freePort(), await freePort()]
  const java = ['java', '-Xmx256m', '-Djava.net.preferIPv4Stack=true', '-Ddubbo.network.interface.preferred=lo', '-cp']
  const ports = [String(qos), String(service)]
  const listed = `http://127.0.0.1:${qos}/ls`
  await startRegistry(t, (built) => [...java, `${built}/dubbo/*`, 'announcers.DubboPeer', ...ports], listed)
  /** (Y) or (N): published in the registry, and that for each way of finding a service. */
  const published = async (): Promise<string> =>
    (/Greeter *\|([^|]*)\|/.exec(await fetchOk(listed))?.[1] ?? '').replace(/[^YN]/g, '')
  await until('the service', async () => (await published()) === 'YY', 60_000)

  const pod = await startPod(t, `type: dubbo, port: ${qos}`)
  t.equal(await published(), 'YY')
  pod.say('take-offline')
  await until('the service to be out', async () => (await published()) === 'NN')
  pod.say('bring-online')
  await until('the service to be back', async () => (await published()) === 'YY')
  await pod.untilTold('online ok HTTP 200', 'offline ok HTTP 200', 'online ok HTTP 200')
})
