import t from 'tap'
import { findAnnouncerProblem, resolveAnnouncing } from '../../policy/announcing.ts'
import { announcingLimitMs } from '../../policy/announcing-limit.ts'
import { defaultPolicy, type InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import { parsePolicy } from '../../policy/schema/parse-policy.ts'
import { annotated, pod } from './pods.ts'

const parse = (spec: string): InjectionPolicy =>
  parsePolicy(
    `apiVersion: greenroom.dev/v1alpha1\nkind: InjectionPolicy\nmetadata: { name: test }\nspec: { ${spec} }\n`,
    'policy.yaml',
  )

const http = '{ method: POST, url: "http://a/{pod}", headers: { X-From: greenroom }, body: \'{"ip": "{ip}"}\' }'
const all = `[
  { name: consul, type: consul, serviceId: "{application}/{ip}" },
  { name: eureka, type: eureka, address: "http://eureka:8761/eureka/", timeout: 500ms },
  { name: dubbo, type: dubbo },
  { name: gateway, type: http, online: ${http}, offline: { method: DELETE, url: "http://a/{pod}" }, timeout: 10s },
]`.replaceAll('\n', ' ')
const policy = parse(`announcers: ${all}, announce: [eureka]`)

const namesOf = (announcing: ReturnType<typeof resolveAnnouncing>) => announcing?.announcers.map(({ name }) => name)

t.test('the annotation goes before the policy, and nothing is nobody', async (t) => {
  t.strictSame(namesOf(resolveAnnouncing(pod(), policy, 8080)), ['eureka'])
  t.strictSame(namesOf(resolveAnnouncing(annotated({ announce: 'dubbo, consul' }), policy, 8080)), ['consul', 'dubbo'])
  t.equal(resolveAnnouncing(annotated({ announce: '' }), policy, 8080), undefined)
  t.equal(resolveAnnouncing(pod(), defaultPolicy, 8080), undefined)
})

t.test('an unknown name leaves the policy in force, and is a problem with a remedy', async (t) => {
  const unknown = annotated({ announce: 'consul,eurka' })
  t.strictSame(namesOf(resolveAnnouncing(unknown, policy, 8080)), ['eureka'])
  t.equal(
    findAnnouncerProblem(unknown, policy)?.message,
    'AnnouncerUnknown: annotation greenroom.dev/announce is "eurka", expected the policy\'s announcers. Did you mean eureka?',
  )
  t.match(
    findAnnouncerProblem(annotated({ announce: 'zookeeper' }), policy)?.finding.fix,
    /^They are consul, eureka, dubbo, gateway\./,
  )
  t.match(findAnnouncerProblem(unknown, defaultPolicy)?.finding.fix, /^It has none: /)
  t.equal(findAnnouncerProblem(annotated({ announce: 'consul' }), policy), undefined)
  t.equal(findAnnouncerProblem(pod(), policy), undefined)
})

// The rows of the table above requestsOf().
t.test('every type is two requests', async (t) => {
  const everybody = annotated({ announce: 'consul,eureka,dubbo,gateway' })
  const announcing = resolveAnnouncing(everybody, policy, 8080)
  const maintenance = 'http://{nodeIP}:8500/v1/agent/service/maintenance/{application}%2F{ip}'
  const status = 'http://eureka:8761/eureka/apps/{application}/{pod}%3A{application}%3A{port}/status'
  t.strictSame(announcing, {
    port: 8080,
    announcers: [
      {
        name: 'consul',
        timeoutMs: 2000,
        online: { method: 'PUT', url: `${maintenance}?enable=false` },
        offline: { method: 'PUT', url: `${maintenance}?enable=true&reason=the%20pod%20is%20offline` },
      },
      {
        name: 'eureka',
        timeoutMs: 500,
        online: { method: 'DELETE', url: `${status}?value=UP` },
        offline: { method: 'PUT', url: `${status}?value=OUT_OF_SERVICE` },
      },
      {
        name: 'dubbo',
        timeoutMs: 2000,
        online: { method: 'GET', url: 'http://127.0.0.1:22222/online' },
        offline: { method: 'GET', url: 'http://127.0.0.1:22222/offline' },
      },
      {
        name: 'gateway',
        timeoutMs: 10_000,
        online: { method: 'POST', url: 'http://a/{pod}', headers: { 'X-From': 'greenroom' }, body: '{"ip": "{ip}"}' },
        offline: { method: 'DELETE', url: 'http://a/{pod}' },
      },
    ],
  })
  t.equal(announcingLimitMs(announcing ? { announcing } : {}), 20_500, 'twice the longest limit, and the pause')
  t.equal(announcingLimitMs({}), 0)
})

/** What is wrong, and what is said of it. */
const mistakes: Record<string, string> = {
  'announcers: consul': 'at spec.announcers is "consul", expected a list of announcers.',
  'announcers: [{ name: a, type: cnsul }]':
    'at spec.announcers.0.type is "cnsul", expected an announcer of type "consul", "eureka", "dubbo" or "http". Mend it.',
  'announcers: [{ name: a, type: consul }]': 'at spec.announcers.0.serviceId is missing, expected a text. Write it.',
  'announcers: [{ name: a, type: consul, serviceId: "{applicaton}" }]':
    'at spec.announcers.0.serviceId is "{applicaton}", expected the placeholders {application}, {namespace}, {pod}, {ip}, {nodeIP}, {port}, not {applicaton}. Mend it.',
  'announcers: [{ name: a, type: dubbo, timeout: 11s }]':
    'at spec.announcers.0.timeout is "11s", expected a duration above 0, at most 10s. Write it like 2s, or remove it to take the default.',
  'announcers: [{ name: a, type: dubbo, prot: 1 }]':
    'a key at spec.announcers.0 is "prot", expected a known key. Did you mean port?',
  'announcers: [{ name: a, type: eureka, address: "http://{ip}/" }]':
    'at spec.announcers.0.address is "http://{ip}/", expected a URL without query, or one whose host is {nodeIP}. Write it like http://registry.example.com:8761/eureka.',
  [`announcers: [{ name: a, type: http, online: ${http}, offline: { method: POST, url: "http://a", body: "a={pod}" } }]`]:
    'at spec.announcers.0.offline.body is "a={pod}", expected JSON, with placeholders in strings.',
  [`announcers: [{ name: a, type: http, online: ${http}, offline: { method: POST, url: "http://a", headers: { Host: b } } }]`]:
    'expected headers other than host, content-length,',
  [`announcers: [{ name: a, type: http, online: ${http}, offline: { method: POST, url: "http://a", headers: { a: "b\\nc" } } }]`]:
    'expected printable ASCII.',
  'announcers: [{ name: a, type: dubbo }, { name: a, type: dubbo }]': 'expected announcers of different names.',
  'announcers: [{ name: a, type: dubbo }], announce: [b]': 'at spec.announce is "["b"]", expected names of announcers',
}

t.test('mistakes are answered with what is expected', async (t) => {
  for (const [spec, said] of Object.entries(mistakes)) {
    try {
      parse(spec)
      t.fail(spec)
    } catch (error) {
      t.ok(String(error).includes(said), `${spec}: ${error}`)
    }
  }
})
