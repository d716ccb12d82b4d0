import t from 'tap'
import { vouchText } from '../../policy/vouch.ts'

const checkurl = {
  kind: 'http',
  scheme: 'http',
  port: 8080,
  path: '/up',
  headers: [],
  exactly200: true,
  timeoutMs: 1,
} as const

t.test('what the app container can judge by itself is not vouched for', async (t) => {
  t.equal(vouchText({ kind: 'tcp', port: 8080, timeoutMs: 1 }), '')
  t.equal(vouchText(checkurl), '')
})

t.test('TLS is, and where redirects are followed by the rule', async (t) => {
  t.match(vouchText({ ...checkurl, exactly200: false }).split('\n'), ['kubelet 10 2 http 8080', /node/, '/up', ''])
  const headers = [{ name: 'host', value: '$(SHOP)' }]
  t.match(vouchText({ ...checkurl, scheme: 'https', headers }).split('\n'), [
    'exactly-200 1 2 https 8080',
    /tls-connect/,
    '/up',
    '$$(SHOP)',
    'Accept: */*',
    'Connection: close',
  ])
})
