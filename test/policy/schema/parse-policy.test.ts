import t from 'tap'
import { defaultPolicy } from '../../../policy/schema/injection-policy.ts'
import { parsePolicy, parsePolicyObject } from '../../../policy/schema/parse-policy.ts'

const policy = (spec: string) =>
  `apiVersion: greenroom.dev/v1alpha1\nkind: InjectionPolicy\nmetadata: { name: test }\nspec: ${spec}\n`

const parse = (spec: string) => parsePolicy(policy(spec), 'policy.yaml')

t.test('an empty policy is the default one', async (t) => {
  t.strictSame(parse('{}'), defaultPolicy)
  t.strictSame(parsePolicy(policy('').replace('spec: ', ''), 'policy.yaml'), defaultPolicy)
})

t.test('the defaults', async (t) => {
  t.match(defaultPolicy, {
    mode: 'On',
    ports: [15_720, 15_721, 15_722],
    hooks: {
      directory: '/app/hooks',
      preStart: 'On',
      timeouts: { preStart: 300_000, preOnline: 300_000, verify: 300_000, reload: 60_000, postOffline: 30_000 },
    },
    checkurl: { timeout: 300_000 },
    check: false,
    drain: { min: 5_000, max: 30_000, quiet: 2_000 },
    terminationGracePeriod: 'raise',
    debug: { enabled: false, namespaces: [], longest: 28_800_000 },
  })
})

t.test('what is written goes before the defaults, part by part', async (t) => {
  const parsed = parse(
    '{ mode: "Off", hooks: { timeouts: { preOnline: 90s } }, authorization: { endpoint: "http://a/" } }',
  )
  t.equal(parsed.mode, 'Off')
  t.strictSame(parsed.hooks, {
    directory: '/app/hooks',
    preStart: 'On',
    timeouts: { preStart: 300_000, preOnline: 90_000, verify: 300_000, reload: 60_000, postOffline: 30_000 },
  })
  t.equal(parsed.authorization.endpoint, 'http://a', 'without its last slash')
})

/** What is wrong, and the first sentence and the remedy that answer it. */
const mistakes: Record<string, string> = {
  '{ terminationGracePeriod: keep }': 'at spec.terminationGracePeriod is "keep", expected "raise" or "refuse".',
  '{ drian: { max: 30s } }': 'policy policy.yaml: a key at spec is "drian", expected a known key. Did you mean drain?',
  '{ weather: fine }': 'a key at spec is "weather", expected a known key. Known are mode, priority, namespaceSelector,',
  '{ drain: { max: 30 } }': 'at spec.drain.max is "30", expected a duration of at most 24h such as 90s. Mend it,',
  '{ drain: { max: soon } }':
    'at spec.drain.max is "soon", expected a duration of at most 24h. Write it like 90s, or remove it to take the default.',
  '{ drain: 30s }': 'at spec.drain is "30s", expected an object.',
  '{ mode: On }': 'at spec.mode is "true", expected "On" or "Off". Put the word in quotes:',
  '{ mode: Of }': 'at spec.mode is "Of", expected "On" or "Off". Mend it, or remove it to take the default.',
  '{ ports: [] }': 'at spec.ports is "[]", expected at least one port.',
  '{ ports: [15090] }': 'at spec.ports.0 is "15090", expected a port not reserved for Istio\'s proxy.',
  '{ ports: ["15720"] }': 'at spec.ports.0 is "15720", expected a port. Mend it.',
  '{ hooks: { directory: hooks } }': 'at spec.hooks.directory is "hooks", expected an absolute path without "..".',
  '{ authorization: { endpoint: "ftp://a" } }': 'is "ftp://a", expected a URL with http or https.',
  '{ resources: { requests: { memory: lots } } }':
    'at spec.resources.requests.memory is "lots", expected a quantity or "none". Write it like 64Mi, or',
  '{ debug: "yes" }': 'at spec.debug is "yes", expected an object.',
  '{ debug: { enabled: "yes" } }': 'at spec.debug.enabled is "yes", expected true or false.',
  '{ debug: { namespaces: ["Test"] } }':
    'at spec.debug.namespaces.0 is "Test", expected a namespace, or a pattern with "*". Write it like test-*.',
  '{ resources: { guaranteed: { cpu: null } } }':
    'at spec.resources.guaranteed.cpu is "null", expected a quantity in quotes. Mend it, or remove it to take the default.',
  '{ resources: { requests: { memory: 256Mi } } }':
    'at spec.resources.requests.memory is "256Mi", expected at most limits.memory. Mend it, or remove it to take the default.',
  '{ resources: { limits: { cpu: 5m } } }':
    'at spec.resources.requests.cpu is missing, expected at most limits.cpu. Write it.',
  '{ imagePullSecrets: [{ name: a }] }':
    'at spec.imagePullSecrets.0 is "{"name":"a"}", expected lower-case letters, digits, "-" or "." in quotes.',
  '{ check: "yes", mode: Of, image: 1 }': ' 2 more mistakes are shown when this one is mended.',
  '{ check: "yes", mode: Of }': ' to take the default. 1 more mistake is shown when this one is mended.',
}

for (const [spec, message] of Object.entries(mistakes)) {
  t.test(`${spec} is refused`, async (t) => {
    t.throws(() => parse(spec), { code: 'PolicyMalformed', message })
  })
}

t.test('another kind of object, and no YAML at all, are refused', async (t) => {
  t.throws(
    () => parsePolicy('apiVersion: v1\nkind: Pod\n', 'x'),
    /at apiVersion is "v1", expected "greenroom\.dev\/v1alpha1"/,
  )
  t.throws(
    () => parsePolicy('kind: InjectionPolicy\nmetadata: { name: test }\n', 'x'),
    /at apiVersion is missing, expected "greenroom\.dev\/v1alpha1"\. Write it\.$/,
  )
  t.throws(
    () => parsePolicy('apiVersion: greenroom.dev/v1alpha1\nkind: Pod\nmetadata: { name: test }\n', 'x'),
    /at kind is "Pod", expected "InjectionPolicy"\. Mend it\.$/,
  )
  t.throws(() => parsePolicy('', 'x'), /at its top is "null", expected an object/)
  t.throws(() => parsePolicy('{', 'x'), /policy x is "Flow map .*", expected YAML/)
})

t.test('what the API server would refuse in a registration is refused in the policy', async (t) => {
  const object = (spec: object) => ({
    apiVersion: 'greenroom.dev/v1alpha1',
    kind: 'InjectionPolicy',
    metadata: { name: 'x' },
    spec,
  })
  const typo = object({ namespaceSelector: { matchLabels: { 'team ': 'shop' } } })
  t.throws(() => parsePolicyObject(typo, 'x'), /namespaceSelector\.matchLabels .*expected each key a label's key/)
  t.throws(() => parsePolicyObject(object({}), 'x'.repeat(233)), /is "233 characters", expected at most 232/)
  t.ok(parsePolicyObject(object({ podSelector: { matchLabels: { 'a.b/c': '' } } }), 'x'.repeat(232)))
})

t.test(
  'the API server may know keys and words of a newer release: they are passed over, wherever they are',
  async (t) => {
    const known = { priority: 3, drain: { max: '40s' }, announcers: [{ name: 'a', type: 'dubbo' }] }
    const newer = {
      ...known,
      quarantine: { after: 3 },
      drain: { ...known.drain, sparing: true },
      repair: 'quarantine',
      announcers: known.announcers.map((each) => ({ ...each, retries: 2 })),
    }
    const object = (spec: object) => ({
      apiVersion: 'greenroom.dev/v1alpha1',
      kind: 'InjectionPolicy',
      metadata: { name: 'test' },
      spec,
    })
    const told: (readonly string[])[] = []
    const onUnknown = (places: readonly string[]) => told.push(places)
    t.strictSame(parsePolicyObject(object(newer), 'test', onUnknown), parsePolicyObject(object(known), 'test'))
    t.strictSame(
      told.map((places) => places.toSorted()),
      [['spec.announcers.0.retries', 'spec.drain.sparing', 'spec.quarantine', 'spec.repair']],
    )
    t.throws(
      () => parsePolicyObject(object({ ...newer, priority: 'high' }), 'test'),
      /spec\.priority/,
      'but no mistakes',
    )
  },
)
