import t from 'tap'
import { parsePolicyObject } from '../../../policy/schema/parse-policy.ts'
import { policyRegistration, policyWebhooks, registerPolicies } from '../../../webhook/policies/registration.ts'

const named = (name: string, spec: object) => {
  const document = { apiVersion: 'greenroom.dev/v1alpha1', kind: 'InjectionPolicy', metadata: { name }, spec }
  return { name, policy: parsePolicyObject(document, name) }
}

const asking = {
  name: 'opt-in.greenroom.dev',
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  clientConfig: { caBundle: 'bundle', service: { name: 'greenroom', namespace: 'ours', path: '/mutate', port: 443 } },
}

const shop = named('shop', {
  inject: 'always',
  failurePolicy: 'Fail',
  namespaceSelector: { matchLabels: { team: 'shop' } },
  podSelector: { matchExpressions: [{ key: 'job', operator: 'DoesNotExist' }] },
})

t.test('a policy that injects by itself is one webhook, with its selectors and its failure policy', async (t) => {
  const [webhook, ...others] = policyWebhooks(
    [shop, named('asked', {}), named('off', { inject: 'always', mode: 'Off' })],
    asking,
    'ours',
  )
  t.same(others, [])
  t.match(webhook, {
    name: 'shop.policy.greenroom.dev',
    clientConfig: asking.clientConfig,
    namespaceSelector: {
      matchLabels: { team: 'shop' },
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'ours'] }],
    },
    objectSelector: { matchExpressions: [{ key: 'job', operator: 'DoesNotExist' }] },
    failurePolicy: 'Fail',
    reinvocationPolicy: 'IfNeeded',
  })
  t.notOk(webhook?.objectSelector?.matchExpressions?.[0]?.values, 'the API server does not give empty lists back')
})

t.test('with Fail, no pod is refused that would be left alone; with Ignore each gets its record', async (t) => {
  const conditionsOf = (failurePolicy: string) =>
    policyWebhooks([named('x', { inject: 'always', failurePolicy })], asking, 'ours')[0]?.matchConditions?.map(
      ({ name }) => name,
    )
  t.same(conditionsOf('Ignore'), ['does-not-ask-itself'])
  t.same(conditionsOf('Fail'), [
    'does-not-ask-itself',
    'is-not-in-the-network-of-its-node',
    'is-not-for-windows',
    'is-not-of-a-file-of-its-node',
  ])
})

/** A stand-in of the two calls, and what was written. */
function apiWith(webhooks: object[]) {
  const patches: unknown[] = []
  const api: Parameters<typeof registerPolicies>[0] = {
    readMutatingWebhookConfiguration: async ({ name }) =>
      name === policyRegistration('greenroom')
        ? { metadata: { resourceVersion: '7' }, webhooks: JSON.parse(JSON.stringify(webhooks)) }
        : { webhooks: [asking] },
    patchMutatingWebhookConfiguration: async ({ body }) => {
      patches.push(body)
      return {}
    },
  }
  return { api, patches }
}

const names = { optIn: 'greenroom', namespace: 'ours' }

t.test('a registration that is in line is not written, and any other is, guarded by its version', async (t) => {
  const wanted = policyWebhooks([shop], asking, 'ours')
  const inLine = apiWith(wanted)
  t.equal(await registerPolicies(inLine.api, names, [shop]), false)
  t.same(inLine.patches, [])
  for (const present of [[], [...wanted, ...wanted], [{ ...wanted[0], failurePolicy: 'Ignore' }]]) {
    const { api, patches } = apiWith(present)
    t.equal(await registerPolicies(api, names, [shop]), true)
    t.match(patches, [
      [
        { op: 'test', path: '/metadata/resourceVersion', value: '7' },
        { op: 'add', path: '/webhooks', value: [{ name: 'shop.policy.greenroom.dev' }] },
      ],
    ])
  }
})
