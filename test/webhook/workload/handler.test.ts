import t from 'tap'
import { startWebhook } from '../support/webhook.ts'

const app = { name: 'app', command: ['/app'], readinessProbe: { httpGet: { path: '/', port: 8080 } } }

function reviewOf(annotations: Record<string, string>, container: object = app) {
  const template = { metadata: { annotations }, spec: { containers: [container] } }
  const request = {
    uid: 'u-1',
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    name: 'orders',
    namespace: 'shop',
    operation: 'CREATE',
    object: { metadata: { name: 'orders' }, spec: { template } },
    oldObject: null,
  }
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request })
}

const asking = { 'greenroom.dev/inject': 'true' }

t.test('a workload is allowed, warned about or denied over HTTPS', async (t) => {
  const webhook = await startWebhook(t)
  const ask = async (body: string) => {
    const { status, text } = await webhook.send('POST', '/validate?timeout=3s', body)
    t.equal(status, 200)
    return JSON.parse(text)
  }
  t.same(await ask(reviewOf(asking)), {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: 'u-1', allowed: true },
  })
  t.match(await ask(reviewOf(asking, { name: 'app' })), {
    response: { allowed: true, warnings: [/^CheckurlMissing: /] },
  })
  t.match(await ask(reviewOf({ ...asking, 'greenroom.dev/drain': '30' })), {
    response: { allowed: false, status: { code: 403, message: /^AnnotationMalformed: .*min=5s/ } },
  })
  t.match(webhook.log, [
    { msg: 'advised', name: 'orders', decision: 'allow', warnings: 2 },
    { msg: 'advised', name: 'orders', decision: 'deny', problems: ['AnnotationMalformed'] },
  ])
})

t.test('what is no review of a workload is answered so', async (t) => {
  const webhook = await startWebhook(t)
  for (const body of ['', '{}', '[]', '{"apiVersion":"admission.k8s.io/v1","request":{}}'])
    t.match(await webhook.send('POST', '/validate', body), { status: 400, text: /no AdmissionReview/ })
  t.match(await webhook.send('GET', '/validate'), { status: 404 })
})
