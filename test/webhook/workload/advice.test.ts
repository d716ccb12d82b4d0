import t from 'tap'
import { defaultPolicy } from '../../../policy/schema/injection-policy.ts'
import { adviseOn } from '../../../webhook/workload/advice.ts'
import { workloadKinds } from '../../../webhook/workload/pod-template.ts'
import { setup } from '../support/webhook.ts'

const app = { name: 'app', command: ['/app'], readinessProbe: { httpGet: { path: '/', port: 8080 } } }

const templateWith = (annotations: Record<string, string>, container: object = app) => ({
  metadata: { annotations },
  spec: { containers: [container] },
})

const workloadOf = (kind: string, template: object, metadata: object = {}) => ({
  metadata,
  spec: kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template },
})

const advise = (kind: string, object: object, before?: object, policy = defaultPolicy) =>
  adviseOn({ kind, object, before, namespace: 'shop' }, () => setup(policy))

const asking = { 'greenroom.dev/inject': 'true' }
const typo = templateWith({ ...asking, 'greenroom.dev/pre-onlin': '/x' })
const nothing = { kind: 'allow', warnings: [] }

for (const kind of workloadKinds) {
  t.test(`a ${kind} with a typo is denied, with what to write`, async (t) => {
    t.match(await advise(kind, workloadOf(kind, typo)), {
      kind: 'deny',
      problems: [{ message: /AnnotationUnknown: .*pre-onlin.*Did you mean annotation greenroom\.dev\/pre-online\?/ }],
    })
    t.same(await advise(kind, workloadOf(kind, templateWith(asking))), nothing, 'one that is right is told nothing')
  })
}

t.test('what a controller makes is its maker’s business, who was told', async (t) => {
  const owned = { ownerReferences: [{ kind: 'Deployment', name: 'orders', controller: true }] }
  t.same(await advise('ReplicaSet', workloadOf('ReplicaSet', typo, owned)), nothing)
  t.equal((await advise('ReplicaSet', workloadOf('ReplicaSet', typo))).kind, 'deny', 'one that a person makes is not')
})

t.test('a template that was admitted stays admissible: only a change of it is judged', async (t) => {
  const before = workloadOf('Deployment', typo)
  t.same(await advise('Deployment', { ...before, spec: { ...before.spec, replicas: 3 } }, before), nothing)
  t.equal(
    (await advise('Deployment', workloadOf('Deployment', { ...typo, spec: { containers: [] } }), before)).kind,
    'deny',
  )
})

t.test('what stands in the way of its pods is a warning, for they are created all the same', async (t) => {
  const advice = await advise('Deployment', workloadOf('Deployment', templateWith(asking, { name: 'app' })))
  t.match(advice, { kind: 'allow', warnings: [/^CheckurlMissing: /] })
  t.match(
    await advise('Deployment', workloadOf('Deployment', templateWith(asking)), undefined, {
      ...defaultPolicy,
      mode: 'Off',
    }),
    { kind: 'allow', warnings: [/^PolicyOff: /] },
  )
})

t.test('what has no template, or one that is no pod, is left to Kubernetes', async (t) => {
  t.same(await advise('Service', { spec: { template: typo } }), nothing)
  t.same(await advise('Deployment', {}), nothing)
  t.same(await advise('Deployment', workloadOf('Deployment', { spec: { containers: 'none' } })), nothing)
})

t.test('who asks for lxcfs is told what stands in its way in this namespace', async (t) => {
  const object = workloadOf('Deployment', templateWith({ ...asking, 'greenroom.dev/lxcfs': 'require' }))
  const lxcfs = { podSecurity: 'restricted', nodes: [] } as const
  const advice = await adviseOn({ kind: 'Deployment', object, before: undefined, namespace: 'shop' }, () => ({
    ...setup(),
    lxcfs,
  }))
  t.match(advice, { kind: 'allow', warnings: [/^LxcfsPodSecurity: /, /greenroom\.dev\/lxcfs: "off"/] })
})
