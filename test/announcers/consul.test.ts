import t, { type Test } from 'tap'
import { freePort } from '../sidecar/shell/free-port.ts'
import { until } from '../sidecar/shell/until.ts'
import { fetchOk, startPod, startRegistry } from './support/registry.ts'

/** An agent that is a server too and knows nobody; returns its address. */
async function startAgent(t: Test): Promise<string> {
  const [http, serf, server] = [await freePort(), await freePort(), await freePort()]
  const address = `127.0.0.1:${http}`
  const flags = ['-dev', '-bind=127.0.0.1', '-client=127.0.0.1', '-serf-wan-port=-1', '-dns-port=-1', '-grpc-port=-1']
  const ports = [`-http-port=${http}`, `-serf-lan-port=${serf}`, `-server-port=${server}`]
  const url = `http://${address}/v1/agent/self`
  await startRegistry(t, (built) => [`${built}/consul/consul`, 'agent', ...flags, ...ports], url)
  return address
}

t.test('an agent of Consul takes the service out and brings it back', async (t) => {
  const address = await startAgent(t)
  const agent = `http://${address}/v1`
  const service = { ID: 'orders/127.0.0.1', Name: 'orders', Address: '127.0.0.1', Port: 8080 }
  await fetchOk(`${agent}/agent/service/register`, { method: 'PUT', body: JSON.stringify(service) })
  const passing = async (): Promise<string> => {
    const entries: { Service: { ID: string } }[] = JSON.parse(await fetchOk(`${agent}/health/service/orders?passing`))
    return entries.map(({ Service }) => Service.ID).join()
  }
  await until('the service', async () => (await passing()) === service.ID)

  const node = address.replace('127.0.0.1', '{nodeIP}')
  const pod = await startPod(t, `type: consul, address: "http://${node}", serviceId: "{application}/{ip}"`)
  t.equal(await passing(), service.ID)
  pod.say('take-offline')
  await until('the service to be out', async () => (await passing()) === '')
  t.match(await fetchOk(`${agent}/agent/checks`), /the pod is offline/, 'and why')
  pod.say('bring-online')
  await until('the service to be back', async () => (await passing()) === service.ID)
  await pod.untilTold('online ok HTTP 200', 'offline ok HTTP 200', 'online ok HTTP 200')
})

t.test('a service that the agent does not have cannot be told of, and the pod is online all the same', async (t) => {
  const pod = await startPod(t, `type: consul, address: "http://${await startAgent(t)}", serviceId: nobody`)
  await pod.untilTold('online failed HTTP 404')
  t.ok(pod.hasMarker())
})
