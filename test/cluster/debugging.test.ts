import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { until } from '../sidecar/shell/until.ts'
import { askSidecar } from './support/app.ts'
import { attachJdb, forwardPort } from './support/jdb.ts'
import { readJournal } from './support/journal.ts'
import { hangMs, importJvm, jvmContainer, jvmPod, ordersCommand } from './support/jvm.ts'
import { kubectl } from './support/kubectl.ts'
import { restartKubelet } from './support/kubelet.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod, type Pod, type PodChange, statusOf } from './support/pod.ts'
import { processesOf } from './support/processes.ts'
import { untilTrue } from './support/until-true.ts'

/** Of a restart: the grace period, the kubelet and the runtime. Less than 10 s on a quiet node. */
const slackMs = 20_000
const jdwpPort = 50005
const sessionPort = 50006

importJvm()
await restartKubelet({ GREENROOM_CRASH_LOOP_MAX: '1s' })
t.teardown(() => restartKubelet())
const namespace = await createNamespace('debugging')
t.teardown(() => namespace.remove())

const restartsOf = (pod: Pod) => statusOf(pod, 'app')?.restartCount ?? 0
const latest = (name: string): Pod => {
  const pod = namespace.pods().find(({ metadata }) => metadata.name === name)
  if (!pod) throw new Error(`there is no pod ${name}`)
  return pod
}

const exec = (pod: string, ...command: string[]) =>
  kubectl('exec', '-n', 'debugging', pod, '-c', 'app', '--', ...command)
const debug = (pod: string, ...words: string[]) => exec(pod, '/greenroom/debug', ...words)

async function online(name: string, change: PodChange = {}): Promise<Pod> {
  await namespace.create(jvmPod(name, change))
  return namespace.until(name, 'Ready', isReady, 90_000)
}

/** A debugger in the pod's JVM, by way of a port of the pod's loopback. */
async function attach(t: Test, pod: string, port: number) {
  const forwarding = await forwardPort('debugging', pod, port)
  t.teardown(() => forwarding.stop())
  const jdb = await attachJdb(forwarding.port)
  t.teardown(() => jdb.stop())
  return jdb
}

/** Resolves with how long it took. */
async function untilRestarted(pod: string, times = 1): Promise<number> {
  const begin = Date.now()
  await namespace.until(pod, `restarted ${times} times`, (pod) => restartsOf(pod) >= times, 60_000)
  return Date.now() - begin
}

t.test('a breakpoint that halts every thread kills nothing while a session is open', async (t) => {
  const pod = await online('halted')
  t.match(await debug('halted', 'open', '--for', '10m', '--as', 'alice'), /^open: by alice, for (10 min 0|9 min 5\d) s/)
  const jdb = await attach(t, 'halted', sessionPort)
  await jdb.suspend()
  await t.rejects(askOrders(pod), 'it answers nobody')
  await sleep(3 * hangMs)
  t.equal(restartsOf(latest('halted')), 0, 'three times the time that a hang is given')
  await jdb.threads()
  t.match(await (await askSidecar(pod, '/status')).text(), /debugged by alice until \d{4}-/)

  await jdb.leave()
  await until('it answers again', async () => (await askOrders(pod)).ok)
  t.match(await debug('halted', 'close'), 'closed')
  await until('the end in the journal', async () =>
    readJournal(pod).some(({ words }) => words === 'debug-closed asked'),
  )
  const log = await kubectl('logs', '-n', 'debugging', 'halted', '-c', 'greenroom')
  t.match(log, /^greenroom: debug-opened alice \d+$/m)
  t.match(log, /^greenroom: debug-closed asked$/m)
  t.equal(restartsOf(latest('halted')), 0)
})

t.test('the same halt without a session is a hang, and the container is restarted', async (t) => {
  await online('hanging')
  const jdb = await attach(t, 'hanging', jdwpPort)
  await jdb.suspend()
  const tookMs = await untilRestarted('hanging')
  t.ok(tookMs <= hangMs + slackMs, `after ${tookMs} ms`)
  const pod = await namespace.until('hanging', 'Ready again', (pod) => isReady(pod) && restartsOf(pod) === 1)
  t.ok(
    readJournal(pod).some(({ words }) => /^drained \S+ not drained: /.test(words)),
    'nothing was drained',
  )
})

t.test('a session that is left open ends by itself, says so, and liveness is as before', async (t) => {
  const pod = await online('left-open')
  await debug('left-open', 'open', '--for', '5s')
  const jdb = await attach(t, 'left-open', sessionPort)
  await jdb.suspend()
  await until('its end', async () => readJournal(pod).some(({ words }) => words === 'debug-closed limit'))
  t.match(await debug('left-open', 'status'), /^closed$/m)
  await until('the JVM runs on without its debugger', async () => (await askOrders(pod)).ok)
  const straight = await attach(t, 'left-open', jdwpPort)
  await straight.suspend()
  const tookMs = await untilRestarted('left-open')
  t.ok(tookMs <= hangMs + slackMs, `after ${tookMs} ms`)
})

t.test('jcmd, jstack, a second java and a hook that is java work beside the debugger', async (t) => {
  const data = { JDK_JAVA_OPTIONS: '-Dof.the.config=kept' }
  await namespace.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'options' }, data })
  const pod = await online('tools', {
    annotations: { 'greenroom.dev/pre-online': '/usr/bin/java -version' },
    container: {
      envFrom: [{ configMapRef: { name: 'options' } }],
    },
  })
  t.match(await exec('tools', 'java', '-version'), /^$|version/)
  t.match(await exec('tools', 'jstack', '1'), /"main"|"HTTP-Dispatcher"/)
  const properties = await exec('tools', 'jcmd', '1', 'VM.system_properties')
  t.match(properties, /^of\.the\.image=kept$/m)
  t.match(properties, /^of\.the\.config=kept$/m)
  t.match(
    await exec('tools', 'jcmd', '1', 'VM.command_line'),
    /jvm_args: .*-agentlib:jdwp=.*address=127\.0\.0\.1:50005/,
  )
  t.ok(
    readJournal(pod).some(({ words }) => / preOnline 0$/.test(words)),
    'the hook',
  )
  t.match(await debug('tools', 'open', '--for', '1m'), /^open: /, 'the debugger is where it should be')
})

/** A shell that starts java, and is not java itself. */
const script = (body: string) => ['/greenroom/busybox', 'sh', '-c', body]
const java = ordersCommand.join(' ')

t.test('a script that starts java has it too, by the environment, of a new JDK and an old one', async (t) => {
  await online('script', { container: { command: script(`exec ${java}`) } })
  t.match(await exec('script', 'jcmd', '1', 'VM.command_line'), /-agentlib:jdwp/)
  const log = await kubectl('logs', '-n', 'debugging', 'script', '-c', 'app')
  t.match(log, /^NOTE: Picked up JDK_JAVA_OPTIONS: -agentlib:jdwp/m)
  t.match(await debug('script', 'open', '--for', '1m'), /^open: /)

  const env = [{ name: 'JAVA_HOME', value: '/app/jdk-8' }]
  await online('script-8', { container: { command: script(`exec $JAVA_HOME/bin/${java}`), env } })
  const old = await kubectl('logs', '-n', 'debugging', 'script-8', '-c', 'app')
  t.match(old, /^Picked up JAVA_TOOL_OPTIONS: -Dof\.the\.image=kept -agentlib:jdwp/m)
  t.match(await exec('script-8', 'jcmd', '1', 'VM.command_line'), /-agentlib:jdwp/, 'which jcmd itself does not take')
  t.match(await debug('script-8', 'open', '--for', '1m'), /^open: /)
})

t.test('a java that is dead is no excuse, though a session is open', async (t) => {
  // It becomes a program that never reaps what the shell has left it.
  const command = script(`${java} & exec /greenroom/busybox sleep 3600`)
  await online('zombie', { container: { command } })
  await debug('zombie', 'open', '--for', '10m')
  const pod = latest('zombie')
  const jvm = processesOf(pod, 'app').find(({ command }) => command.startsWith('java '))
  t.ok(jvm)
  if (jvm) process.kill(jvm.pid, 'SIGKILL')
  const tookMs = await untilRestarted('zombie')
  t.ok(tookMs <= hangMs + slackMs, `after ${tookMs} ms`)
})

t.test('another program that is called socat is no excuse', async (t) => {
  const name = '/greenroom/busybox cp /greenroom/socat /tmp/socat; /tmp/socat TCP-LISTEN:9999,fork STDIO &'
  const pod = await online('namesake', { container: { command: script(`${name} exec ${java}`) } })
  t.ok(processesOf(pod, 'app').some(({ command }) => command.startsWith('/tmp/socat ')))
  const jdb = await attach(t, 'namesake', jdwpPort)
  await jdb.suspend()
  const tookMs = await untilRestarted('namesake')
  t.ok(tookMs <= hangMs + slackMs, `after ${tookMs} ms`)
})

t.test('a JVM of another name counts, also as another user', async (t) => {
  const jdwp = `-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:${jdwpPort}`
  const neighbour = {
    ...jvmContainer('jvm', 1001),
    command: ['/app/orders-by-another-name', jdwp, ...ordersCommand.slice(1)],
  }
  await namespace.create(
    ordersPod('renamed', {
      env: { LISTEN: ':8081' },
      annotations: {
        'greenroom.dev/container': 'app',
        'greenroom.dev/checkurl': ':8081/health',
        'greenroom.dev/liveness': 'composite',
      },
      container: { ports: [{ containerPort: 8081 }], readinessProbe: undefined, livenessProbe: liveness(8081) },
      companions: [neighbour],
      spec: { shareProcessNamespace: true },
    }),
  )
  const pod = await namespace.until('renamed', 'Ready', isReady)
  await debug('renamed', 'open', '--for', '10m')
  await set(pod, 8081, 503)
  await sleep(3 * hangMs)
  t.equal(restartsOf(latest('renamed')), 0)
  await debug('renamed', 'close')
  const tookMs = await untilRestarted('renamed')
  t.ok(tookMs <= hangMs + slackMs, `after ${tookMs} ms without the session`)
})

const httpHeaders = [
  { name: 'X-Key', value: 'open' },
  { name: 'Host', value: 'orders.example' },
]
const ready = (httpGet: object) => ({ httpGet, periodSeconds: 1 })
const health = { path: '/health', port: 8080 }
const tlsHealth = { path: '/health', port: 8443, scheme: 'HTTPS' }
const exactly = { 'greenroom.dev/checkurl': ':8080/health' }

/** What the app answers once it is online, and whether its container lives on. */
const answers: Record<
  string,
  { readiness: object; annotations?: Record<string, string>; code: number; lives: boolean }
> = {
  'kubelet-204': { readiness: health, code: 204, lives: true },
  'kubelet-302': { readiness: health, code: 302, lives: true },
  'kubelet-503': { readiness: health, code: 503, lives: false },
  'tls-with-headers': { readiness: { ...tlsHealth, path: '/with-key', httpHeaders }, code: 200, lives: true },
  'tls-302': { readiness: tlsHealth, code: 302, lives: true },
  'tls-503': { readiness: tlsHealth, code: 503, lives: false },
  'exactly-200': { readiness: health, annotations: exactly, code: 200, lives: true },
  'exactly-204': { readiness: health, annotations: exactly, code: 204, lives: false },
}

t.test('the answer decides as it would for the kubelet, and exactly where a checkurl is annotated', async (t) => {
  await namespace.create(
    ...Object.entries(answers).map(([name, { readiness, annotations }]) =>
      ordersPod(name, {
        env: { HTTPS_LISTEN: ':8443' },
        annotations: { 'greenroom.dev/liveness': 'composite', ...annotations },
        container: { readinessProbe: ready(readiness), livenessProbe: liveness(8080) },
      }),
    ),
  )
  for (const [name, { code }] of Object.entries(answers)) {
    await set(await namespace.until(name, 'Ready', isReady), 8080, code)
  }
  for (const [name, { lives }] of Object.entries(answers)) if (!lives) await untilRestarted(name)
  await sleep(3 * hangMs)
  for (const [name, { code, lives }] of Object.entries(answers)) {
    if (lives) t.equal(restartsOf(latest(name)), 0, `${name} answers ${code}`)
    else t.ok(restartsOf(latest(name)) > 0, `${name} answers ${code}`)
  }
})

t.test('500 probes of a checkurl that hangs leave nobody behind', async (t) => {
  await namespace.create(ordersPod('probed'))
  const pod = await namespace.until('probed', 'Ready', isReady)
  const before = processesOf(pod, 'app').map(({ pid }) => pid)
  const probe = '/greenroom/alive /run/greenroom exactly-200 "http://:8080/slow?for=10m" >/dev/null &'
  const fifty = `j=0; while [ "$j" -lt 50 ]; do ${probe} j=$((j + 1)); done; wait`
  const begin = Date.now()
  await exec('probed', ...script(`i=0; while [ "$i" -lt 10 ]; do ${fifty}; i=$((i + 1)); done`))
  t.ok(Date.now() - begin >= 10 * 1900, 'each waited for the app')
  // The kubelet's own may be there for a moment.
  const others = () => processesOf(pod, 'app').filter(({ pid }) => !before.includes(pid))
  t.ok(await untilTrue(() => others().length === 0, Date.now() + 9000), JSON.stringify(others()))
})

/** Of an app that is not a JVM; the webhook takes its timing. */
function liveness(port: number): object {
  return { httpGet: { path: '/health', port }, periodSeconds: 3, failureThreshold: 2 }
}

/** What the app answers from now on, whatever it answers to this. */
async function set(pod: Pod, port: number, code: number): Promise<void> {
  await fetch(`http://${pod.status.podIP}:${port}/set?health=${code}`, { signal: AbortSignal.timeout(5000) })
}

function askOrders(pod: Pod): Promise<Response> {
  const url = `http://${pod.status.podIP}:8080/`
  return fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(2000) })
}
