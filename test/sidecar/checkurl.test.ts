import t from 'tap'
import { askCheckurl } from '../../sidecar/checkurl.ts'

const checkurl = {
  kind: 'http',
  scheme: 'http',
  port: 1,
  path: '/',
  headers: [],
  exactly200: true,
  timeoutMs: 1,
} as const

t.test('what cannot be sent is an answer that does not pass, and never an exception', async (t) => {
  for (const odd of [
    { path: '/a b' },
    { headers: [{ name: 'X', value: 'a\nb' }] },
    { headers: [{ name: 'a blank', value: 'x' }] },
  ])
    t.match(await askCheckurl({ ...checkurl, ...odd }, '127.0.0.1'), { type: 'not-yet', detail: /\w/ })
})
