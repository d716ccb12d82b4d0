import t from 'tap'
import { readTask } from '../../authorization/task.ts'

const authorization = {
  endpoint: 'http://auth.example',
  resources: ['mysql:orders'],
  callTimeoutMs: 2000,
  startTimeoutMs: 60_000,
  whenUnavailable: 'block',
  refillMs: 600_000,
}
const requests = {
  grant: {
    method: 'POST',
    url: 'https://firewall.example/{uid}',
    headers: { a: 'b' },
    body: '{}',
    answers: { granted: [200], queued: [], throttled: [], refused: [] },
  },
  revoke: { method: 'DELETE', url: 'https://firewall.example/{uid}', answers: { revoked: [200], refused: [] } },
}
const settings = { version: 1, application: 'orders', authorization }
const environment = {
  GREENROOM_SETTINGS: JSON.stringify(settings),
  GREENROOM_POD_UID: 'uid-1',
  GREENROOM_POD_NAME: 'orders-1',
  GREENROOM_POD_NAMESPACE: 'shop',
  GREENROOM_POD_IP: '10.1.2.3',
}
const changed = (about: object) => ({ ...environment, GREENROOM_SETTINGS: JSON.stringify({ ...settings, ...about }) })
const withAuthorization = (about: object) => changed({ authorization: { ...authorization, ...about } })

t.test('the environment says whom to ask for what', async (t) => {
  const body = {
    application: 'orders',
    namespace: 'shop',
    pod: 'orders-1',
    ip: '10.1.2.3',
    ips: ['10.1.2.3'],
    resources: ['mysql:orders'],
  }
  t.strictSame(readTask(environment), { kind: 'task', task: { settings: authorization, podUid: 'uid-1', body } })
  t.match(readTask({ ...environment, GREENROOM_POD_IP: 'fd00::7', GREENROOM_POD_IPS: 'fd00::7' }), {
    kind: 'task',
    task: { body: { ip: 'fd00::7', ips: ['fd00::7'] } },
  })
  t.match(readTask({ ...environment, GREENROOM_POD_IPS: '10.1.2.3,fd00::7' }), {
    kind: 'task',
    task: { body: { ip: '10.1.2.3', ips: ['10.1.2.3', 'fd00::7'] } },
  })
})

t.test('another API than ours is asked by its requests', async (t) => {
  const reading = readTask(changed({ authorization: { ...authorization, endpoint: undefined, requests } }))
  t.match(reading, { kind: 'task', task: { settings: { requests } } })
  t.notOk(reading.kind === 'task' && 'endpoint' in reading.task.settings)
})

t.test('a pod with nothing to authorize has nothing to do', async (t) => {
  t.strictSame(readTask(changed({ authorization: null })), { kind: 'nothing' })
})

t.test('what is malformed is named, with what was found, what was expected and the remedy', async (t) => {
  const fix = '; Greenroom writes it at admission, so delete the pod to have it written anew'
  const rows: readonly [Record<string, string | undefined>, string][] = [
    [{}, 'GREENROOM_SETTINGS is missing or wrong, expected the settings as a JSON object'],
    [{ GREENROOM_SETTINGS: '{"' }, 'GREENROOM_SETTINGS is "{\\"", expected the settings as a JSON object'],
    [changed({ version: 2 }), 'version in GREENROOM_SETTINGS is 2, expected 1'],
    [changed({ application: '' }), 'application in GREENROOM_SETTINGS is "", expected the name of the application'],
    [changed({ authorization: [] }), 'authorization in GREENROOM_SETTINGS is [], expected an object or null'],
    [
      withAuthorization({ endpoint: 'http//user:s3cret@x' }),
      'authorization.endpoint in GREENROOM_SETTINGS is missing or wrong, expected a base URL with http or https',
    ],
    ...[
      { endpoint: authorization.endpoint, requests },
      { requests: {} },
      { requests: { ...requests, revoke: {} } },
    ].map((service): [Record<string, string>, string] => [
      changed({ authorization: { ...authorization, endpoint: undefined, ...service } }),
      'authorization.requests in GREENROOM_SETTINGS is missing or wrong, expected grant and revoke, each with method, url and answers, and no endpoint beside them',
    ]),
    [withAuthorization({ token: 's' }), 'authorization.token in GREENROOM_SETTINGS is "s", expected true, or nothing'],
    [
      withAuthorization({ ca: 5 }),
      'authorization.ca in GREENROOM_SETTINGS is missing or wrong, expected certificates in PEM',
    ],
    [
      withAuthorization({ resources: 'mysql' }),
      'authorization.resources in GREENROOM_SETTINGS is "mysql", expected a list of names',
    ],
    [
      withAuthorization({ callTimeoutMs: 0 }),
      'authorization.callTimeoutMs in GREENROOM_SETTINGS is 0, expected milliseconds above 0',
    ],
    [
      withAuthorization({ startTimeoutMs: '1m' }),
      'authorization.startTimeoutMs in GREENROOM_SETTINGS is "1m", expected milliseconds above 0',
    ],
    [
      withAuthorization({ refillMs: -5 }),
      'authorization.refillMs in GREENROOM_SETTINGS is -5, expected milliseconds above 0',
    ],
    [
      withAuthorization({ whenUnavailable: 'pray' }),
      'authorization.whenUnavailable in GREENROOM_SETTINGS is "pray", expected "block" or "proceed"',
    ],
    [
      { ...environment, GREENROOM_POD_UID: undefined },
      "GREENROOM_POD_UID is missing or wrong, expected the pod's metadata.uid",
    ],
    [{ ...environment, GREENROOM_POD_NAME: '' }, 'GREENROOM_POD_NAME is "", expected the pod\'s metadata.name'],
    [
      { ...environment, GREENROOM_POD_NAMESPACE: '' },
      'GREENROOM_POD_NAMESPACE is "", expected the pod\'s metadata.namespace',
    ],
    [
      { ...environment, GREENROOM_POD_IP: '' },
      'GREENROOM_POD_IP is "", expected the pod\'s status.podIP, an IP address',
    ],
    [
      { ...environment, GREENROOM_POD_IP: '10.1.2' },
      'GREENROOM_POD_IP is "10.1.2", expected the pod\'s status.podIP, an IP address',
    ],
    [
      { ...environment, GREENROOM_POD_IPS: '10.1.2.3,' },
      'GREENROOM_POD_IPS is "10.1.2.3,", expected the pod\'s status.podIPs, IP addresses with commas',
    ],
  ]
  for (const [given, detail] of rows) t.strictSame(readTask(given), { kind: 'malformed', detail: `${detail}${fix}` })
})
