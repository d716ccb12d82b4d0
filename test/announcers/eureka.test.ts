import t from 'tap'
import { freePort } from '../sidecar/shell/free-port.ts'
import { until } from '../sidecar/shell/until.ts'
import { fetchOk, startPod, startRegistry } from './support/registry.ts'

t.test('Eureka overrides the status and takes that back', async (t) => {
  const port = await freePort()
  const eureka = `http://127.0.0.1:${port}/eureka`
  const options = [
    '--server.address=127.0.0.1',
    `--server.port=${port}`,
    '--eureka.client.register-with-eureka=false',
    '--eureka.client.fetch-registry=false',
  ]
  const java = ['java', '-Xmx256m', '-cp']
  await startRegistry(
    t,
    (built) => [...java, `${built}/eureka/*`, 'announcers.EurekaPeer', ...options],
    `${eureka}/apps`,
  )
  const id = 'pod-1:orders:8080'
  const instance = {
    instanceId: id,
    app: 'ORDERS',
    hostName: 'pod-1',
    ipAddr: '127.0.0.1',
    vipAddress: 'orders',
    status: 'UP',
    port: { $: 8080, '@enabled': 'true' },
    dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
  }
  const json = { 'content-type': 'application/json' }
  await fetchOk(`${eureka}/apps/ORDERS`, { method: 'POST', headers: json, body: JSON.stringify({ instance }) })
  const status = async (of = id): Promise<string> => {
    const text = await fetchOk(`${eureka}/apps/ORDERS/${of}`, { headers: { accept: 'application/json' } })
    const { status, overriddenStatus } = JSON.parse(text).instance
    return `${status} ${overriddenStatus}`
  }
  t.equal(await status(), 'UP UNKNOWN')

  const pod = await startPod(t, `type: eureka, address: "${eureka}"`)
  t.equal(await status(), 'UP UNKNOWN')
  pod.say('take-offline')
  await until('the override', async () => (await status()) === 'OUT_OF_SERVICE OUT_OF_SERVICE')
  await fetchOk(`${eureka}/apps/ORDERS/${id}?status=UP`, { method: 'PUT' })
  t.equal(await status(), 'OUT_OF_SERVICE OUT_OF_SERVICE', "the app's own heartbeat does not bring it back")
  pod.say('bring-online')
  await until('its end', async () => (await status()) === 'UP UNKNOWN')
  await pod.untilTold('online ok HTTP 200', 'offline ok HTTP 200', 'online ok HTTP 200')

  // What the guide says of instances that register themselves as out of service.
  const cold = 'pod-2:orders:8080'
  const out = JSON.stringify({ instance: { ...instance, instanceId: cold, status: 'OUT_OF_SERVICE' } })
  await fetchOk(`${eureka}/apps/ORDERS`, { method: 'POST', headers: json, body: out })
  await fetchOk(`${eureka}/apps/ORDERS/${cold}/status?value=UP`, { method: 'DELETE' })
  t.equal(await status(cold), 'OUT_OF_SERVICE UNKNOWN', 'no override is there to be removed')
  await fetchOk(`${eureka}/apps/ORDERS/${cold}/status?value=UP`, { method: 'PUT' })
  t.equal(await status(cold), 'UP UP')
})
