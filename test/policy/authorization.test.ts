import t from 'tap'
import { findAuthorizationProblem, resolveAuthorization } from '../../policy/authorization.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { parsePolicy } from '../../policy/schema/parse-policy.ts'
import { annotated, pod } from './pods.ts'

const authorization = { ...defaultPolicy.authorization, endpoint: 'http://authorize', resources: ['mysql:common'] }
const authorizing = { ...defaultPolicy, authorization }

t.test('there is something to authorize where policy names a service, and pod or policy a resource', async (t) => {
  t.match(resolveAuthorization(pod(), authorizing), { endpoint: 'http://authorize', resources: ['mysql:common'] })
  t.match(resolveAuthorization(annotated({ authorize: 'redis' }), authorizing), { resources: ['redis'] })
  t.equal(resolveAuthorization(annotated({ authorize: '' }), authorizing), null)
  t.equal(resolveAuthorization(annotated({ authorize: 'redis' }), defaultPolicy), null)
})

t.test('asking for authorizations without a service is a problem', async (t) => {
  t.match(findAuthorizationProblem(annotated({ authorize: 'redis' }), defaultPolicy), {
    code: 'AuthorizationEndpointMissing',
  })
  t.equal(findAuthorizationProblem(annotated({ authorize: 'redis' }), authorizing), undefined)
  t.equal(findAuthorizationProblem(annotated({ authorize: '' }), defaultPolicy), undefined)
  t.equal(findAuthorizationProblem(pod(), defaultPolicy), undefined)
})

const parse = (text: string) =>
  parsePolicy(
    `apiVersion: greenroom.dev/v1alpha1\nkind: InjectionPolicy\nmetadata: { name: test }\nspec: { authorization: { resources: [mysql], ${text} } }\n`,
    'policy.yaml',
  )
const url = 'url: "https://firewall.example.com/api/{uid}?ip={ip}"'
const revoke = `revoke: { method: DELETE, ${url} }`

t.test('a service of another API is asked by requests that the policy writes down', async (t) => {
  const policy = parse(
    `requests: { grant: { method: POST, ${url}, headers: { X-Team: platform }, body: '{"for": {resourceList}}', answers: { granted: [201] } }, ${revoke} }`,
  )
  const settings = resolveAuthorization(pod(), policy)
  t.strictSame(settings?.requests, {
    grant: {
      method: 'POST',
      url: 'https://firewall.example.com/api/{uid}?ip={ip}',
      headers: { 'X-Team': 'platform' },
      body: '{"for": {resourceList}}',
      answers: { granted: [201], queued: [202], throttled: [429], refused: [400, 401, 403, 404, 409, 422] },
    },
    revoke: {
      method: 'DELETE',
      url: 'https://firewall.example.com/api/{uid}?ip={ip}',
      answers: { revoked: [200, 202, 204, 404], refused: [400, 401, 403, 409] },
    },
  })
  t.notOk(settings && 'endpoint' in settings)
  t.equal(findAuthorizationProblem(annotated({ authorize: 'redis' }), policy), undefined)
})

t.test('what everybody may have is not asked for', async (t) => {
  const common = parse('endpoint: "http://a", common: [mysql, "http:*"]')
  const asking = (authorize: string) => resolveAuthorization(annotated({ authorize }), common)
  t.strictSame(asking('http:a,redis,mysql,mysql:orders')?.resources, ['redis', 'mysql:orders'])
  t.equal(asking('http:a,mysql'), null, 'nothing is left')
  t.equal(resolveAuthorization(pod(), common), null, 'nor of what the policy says')
  const nobody = parse('common: [dns]')
  t.equal(findAuthorizationProblem(annotated({ authorize: 'dns' }), nobody), undefined)
  t.match(findAuthorizationProblem(annotated({ authorize: 'dns,redis' }), nobody), {
    code: 'AuthorizationEndpointMissing',
  })
})

t.test('certificates go to the pod as they are', async (t) => {
  const trusting = { ...authorizing, authorization: { ...authorization, ca: 'PEM' } }
  t.equal(resolveAuthorization(pod(), trusting)?.ca, 'PEM')
  const { token } = resolveAuthorization(pod(), parse('endpoint: "http://a", token: { secretName: a.b, key: c }')) ?? {}
  t.equal(token, true, 'of a token only that there is one')
  t.notOk('ca' in (resolveAuthorization(pod(), authorizing) ?? {}))
})

const known = '{application}, {namespace}, {pod}, {uid}, {ip}, {ips}, {resources}'
const grant = (about: string) => `requests: { grant: { method: POST, ${about} }, ${revoke} }`

/** What is wrong, and what is said of it. */
const mistakes: Record<string, string> = {
  [`endpoint: "http://a", requests: { grant: { method: POST, ${url} }, ${revoke} }`]:
    'expected it or endpoint, not both.',
  'token: { audience: a, secretName: b, key: c }': 'expected either audience, or secretName and key.',
  'common: dns': 'at spec.authorization.common is "dns", expected a list of resources.',
  'token: { secretName: b }': 'expected either audience, or secretName and key.',
  'token: {}': 'expected either audience, or secretName and key.',
  'token: greenroom': 'at spec.authorization.token is "greenroom", expected an object.',
  'token: { secretName: B, key: c }': 'token.secretName is "B", expected lower-case letters, digits, "-" or ".".',
  'token: { secretName: b, key: ../c }': 'token.key is "../c", expected letters, digits or "-._".',
  [`token: { audience: a }, requests: { grant: { method: POST, ${url}, headers: { AUTHORIZATION: b } }, ${revoke} }`]:
    'expected it or a header Authorization in requests, not both.',
  [`requests: { ${revoke} }`]: 'at spec.authorization.requests.grant is missing, expected an object. Write it.',
  [grant('url: "https://a/{ipp}"')]:
    `at spec.authorization.requests.grant.url is "https://a/{ipp}", expected the placeholders ${known}, not {ipp}.`,
  [grant('url: "https://a/{nodeIP}"')]: `expected the placeholders ${known}, not {nodeIP}.`,
  [grant('url: "https://a/{ipList}"')]: `expected the placeholders ${known}, not {ipList}.`,
  [grant('url: "https://{namespace}.a/"')]: 'expected a URL whose scheme and host are text.',
  [grant('url: "https://user:s3cret@a/"')]: 'expected a URL whose scheme and host are text.',
  [grant(`${url}, body: '{"ips": "{ipList}"}'`)]: 'expected JSON, with placeholders in strings.',
  [grant(`${url}, body: '{"ip": {ip}}'`)]: 'expected JSON, with placeholders in strings.',
  [grant(`${url}, body: '{"ip": "{port}"}'`)]:
    `expected the placeholders ${known}, {ipList}, {resourceList}, not {port}.`,
  [grant(`${url}, headers: { Host: b }`)]: 'expected headers other than host,',
  [grant(`${url}, answers: { granted: [] }`)]:
    'at spec.authorization.requests.grant.answers.granted is "[]", expected at least one status.',
  [grant(`${url}, answers: { granted: [20] }`)]: 'answers.granted.0 is "20", expected a status of three digits.',
  [grant(`${url}, answers: { granted: ["200"] }`)]: 'answers.granted.0 is "200", expected a status of three digits.',
  [grant(`${url}, answers: { granted: [200.5] }`)]: 'answers.granted.0 is "200.5", expected a status of three digits.',
  [grant(`${url}, answers: { granted: [200, 409] }`)]: 'expected each status in one list only, not 409 in two.',
  [grant(`${url}, answers: { revoked: [200] }`)]: 'answers is "revoked", expected a known key.',
  [`requests: { grant: { method: POST, ${url} }, revoke: { method: DELETE, ${url}, answers: { revoked: [] } } }`]:
    'requests.revoke.answers.revoked is "[]", expected at least one status.',
}

t.test('mistakes are answered with what is expected', async (t) => {
  for (const [text, said] of Object.entries(mistakes)) {
    try {
      parse(text)
      t.fail(text)
    } catch (error) {
      t.match(error, { code: 'PolicyMalformed' })
      t.ok(String(error).includes(said), `${text}: ${error}`)
    }
  }
})
